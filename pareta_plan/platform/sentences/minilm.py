"""all-MiniLM-L6-v2 with eight-bit weights: a text as a vector of 384 numbers.

The model is BERT (Devlin et al. 2018) with six layers, its tokens' last states averaged. See
`exact` for why it is done here and not by a runtime: those choose kernels by the processor, whose
sums differ in their last bits, and a lockfile binds what is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pareta_plan.platform.sentences.exact import Floats, attention, gelu, product, total
from pareta_plan.platform.sentences.tokens import tokens

SIZE = 384
LAYERS = 6
HALF = 3
HEADS = 12
EPSILON = np.float32(1e-12)
FIRST, LAST = 101, 102
"""The tokens [CLS] and [SEP]."""
LONGEST = 128
"""Tokens of a text that are read, the two at its ends among them."""


class Reading(NamedTuple):
    """Texts' vectors by the last layer, and by the middle one, which is nearer to their words."""

    last: Floats
    middle: Floats


class Linear(NamedTuple):
    """Whole-numbered weights of eight bits, what one of each column is worth, and a bias."""

    weights: Floats
    scale: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        return product(rows, self.weights) * self.scale + self.bias


class Norm(NamedTuple):
    """A layer norm."""

    weight: Floats
    bias: Floats

    def __call__(self, rows: Floats) -> Floats:
        centred = rows - total(rows) / np.float32(SIZE)
        spread = np.sqrt(total(centred * centred) / np.float32(SIZE) + EPSILON)
        return centred / spread * self.weight + self.bias


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the encoder."""

    seen: Linear
    """Query, key and value side by side: one product instead of three."""
    attention: Linear
    attention_norm: Norm
    intermediate: Linear
    output: Linear
    output_norm: Norm

    def __call__(self, states: Floats, texts: Sequence[slice]) -> Floats:
        seen = self.seen(states)
        seen = np.concatenate([_joined(attention(*_heads(seen[text]))) for text in texts])
        states = self.attention_norm(self.attention(seen) + states)
        return self.output_norm(self.output(gelu(self.intermediate(states))) + states)


def _heads(rows: Floats) -> Floats:
    """Query, key and value, each (heads, tokens, size)."""
    return rows.reshape(len(rows), 3, HEADS, -1).transpose(1, 2, 0, 3)


def _joined(heads: Floats) -> Floats:
    return heads.transpose(1, 0, 2).reshape(heads.shape[1], SIZE)


class MiniLM:
    """The model, of the arrays of its file in their order and the vocabulary of its tokens."""

    def __init__(self, arrays: Iterable[tuple[str, NDArray[Any]]], pieces: dict[str, int]) -> None:
        named = dict(arrays)
        self._pieces = pieces
        whole = [name.removesuffix("_q") for name in named if name.startswith("val_")]
        matrices = iter([name for name in dict.fromkeys(whole) if f"{name}_q" in named])
        embedded = "inner.embeddings."
        self._words = named[f"{embedded}word_embeddings.weight_q"]
        self._word_scale = named[f"{embedded}word_embeddings.weight_scale"]
        positions = named[f"{embedded}position_embeddings.weight_q"].astype(np.float32)
        self._positions = positions * named[f"{embedded}position_embeddings.weight_scale"]
        self._sort = named[f"{embedded}token_type_embeddings.weight"][0]
        self._norm = _norm(named, f"{embedded}LayerNorm")
        self._layers = [_layer(named, f"inner.encoder.layer.{n}.", matrices) for n in range(LAYERS)]

    def vectors(self, texts: Sequence[str]) -> Floats:
        """A vector of length 1 for each text, the same whatever others stand beside it."""
        return self.readings(texts).last

    def readings(self, texts: Sequence[str]) -> Reading:
        """Two vectors of length 1 for each text, of the same kind."""
        read = [self._read(text) for text in texts]
        ends = np.cumsum([0, *map(len, read)])
        spans = [slice(a, b) for a, b in pairwise(ends.tolist())]
        states = np.concatenate([self._embedded(tokens) for tokens in read])
        for layer in self._layers[:HALF]:
            states = layer(states, spans)
        middle = _means(states, spans)
        for layer in self._layers[HALF:]:
            states = layer(states, spans)
        return Reading(_means(states, spans), middle)

    def _read(self, text: str) -> list[int]:
        return [FIRST, *islice(tokens(text, self._pieces), LONGEST - 2), LAST]

    def _embedded(self, read: list[int]) -> Floats:
        words = self._words[read].astype(np.float32) * self._word_scale[read]
        return self._norm(words + self._sort + self._positions[: len(read)])


def _means(states: Floats, texts: Sequence[slice]) -> Floats:
    """Of each text's tokens, of length 1."""
    sums = (total(states[text].T).T / np.float32(text.stop - text.start) for text in texts)
    means = np.concatenate([*sums])
    found: Floats = means / np.sqrt(total(means * means))
    return found


def _norm(named: Mapping[str, Any], name: str) -> Norm:
    return Norm(named[f"{name}.weight"], named[f"{name}.bias"])


def _layer(named: Mapping[str, Any], name: str, matrices: Iterator[str]) -> Layer:
    """The next layer; a file's matrices stand in the order in which a layer uses them."""

    def linear(part: str) -> Linear:
        matrix = next(matrices)
        whole = named[f"{matrix}_q"].astype(np.float32)
        return Linear(whole, named[f"{matrix}_scale"], named[f"{name}{part}.bias"])

    return Layer(
        seen=_beside([linear(f"attention.self.{part}") for part in ("query", "key", "value")]),
        attention=linear("attention.output.dense"),
        attention_norm=_norm(named, f"{name}attention.output.LayerNorm"),
        intermediate=linear("intermediate.dense"),
        output=linear("output.dense"),
        output_norm=_norm(named, f"{name}output.LayerNorm"),
    )


def _beside(linears: Sequence[Linear]) -> Linear:
    return Linear(*(np.concatenate(arrays, axis=-1) for arrays in zip(*linears, strict=True)))
