"""torch's names of element types, layouts, memory formats and numbers: `mytorch.float32`, `strided`, `pi`.

`bfloat16` is not here: it needs ml_dtypes and is made when first asked for.
"""
from __future__ import annotations

import math

from ._types import (
    DTYPES,
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    memory_format,
    preserve_format,
    sparse_coo,
    strided,
)

float16 = half = DTYPES["float16"]
float32 = float = DTYPES["float32"]
float64 = double = DTYPES["float64"]
int8, uint8 = DTYPES["int8"], DTYPES["uint8"]
int16 = short = DTYPES["int16"]
int32 = int = DTYPES["int32"]
int64 = long = DTYPES["int64"]
uint16, uint32, uint64 = DTYPES["uint16"], DTYPES["uint32"], DTYPES["uint64"]
bool = DTYPES["bool"]
complex64 = cfloat = DTYPES["complex64"]
complex128 = cdouble = DTYPES["complex128"]

pi, e, inf, nan = math.pi, math.e, math.inf, math.nan
newaxis = None

__all__ = [
    "bool", "cdouble", "cfloat", "channels_last", "channels_last_3d", "complex128", "complex64", "contiguous_format",
    "double", "e", "float", "float16", "float32", "float64", "half", "inf", "int", "int16", "int32", "int64", "int8",
    "layout", "long", "memory_format", "nan", "newaxis", "pi", "preserve_format", "short", "sparse_coo", "strided",
    "uint16", "uint32", "uint64", "uint8"]
