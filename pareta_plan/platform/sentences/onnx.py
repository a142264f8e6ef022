"""The arrays of an ONNX file, by name, without a runtime.

A file of Protocol Buffers, of which this reads what it needs: `ModelProto.graph` (7),
`GraphProto.initializer` (5) and, of each `TensorProto`, `dims` (1), `data_type` (2), `name` (8) and
`raw_data` (9), as `onnx.proto3` numbers them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9
_TYPES = {1: "<f4", 3: "i1"}
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def initializers(file: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    """The names and arrays of a model's float32 and int8 initializers, in the file's order."""
    for number, graph in _fields(memoryview(file)):
        if number == _GRAPH:
            for member, tensor in _fields(graph):
                if member == _INITIALIZER:
                    yield from _array(tensor)


def _array(tensor: memoryview) -> Iterator[tuple[str, NDArray[Any]]]:
    members = list(_fields(tensor))
    only = dict(members)
    if only[_TYPE] in _TYPES and _RAW in only:
        shape = [size for number, size in members if number == _DIMS]
        values = np.frombuffer(only[_RAW], _TYPES[only[_TYPE]])
        yield bytes(only[_NAME]).decode(), values.reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        length = {_FOUR_BYTES: 4, _EIGHT_BYTES: 8}.get(kind)
        if length is None:
            length, at = _varint(message, at)
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
