"""Sixteen numbers that kernels carry along together, one a SIMD lane.

A filter of one series is a chain in which each step waits for the one before; a core
could do many times as much work meanwhile. Sixteen filters with different parameters,
one a lane, fill that gap. LLVM does not find such lanes in a loop over an array of
states, since it cannot keep the array in registers from step to step; a vector type
says what is meant, and compiles faster, too.

`Lanes` is a value of compiled code alone: `fill`, `load` and `store` make and keep it,
``+ - * /`` work lane by lane and take plain numbers on either side. Products and sums
may be fused, which changes the last bit between machines, and nothing is reordered: on
one machine a result is the same in every run.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    models,
    register_model,
)

N_LANES = 16

_DOUBLES = ir.VectorType(ir.DoubleType(), N_LANES)
_SINGLES = ir.VectorType(ir.FloatType(), N_LANES)
_WORDS = ir.VectorType(ir.IntType(64), N_LANES)
_FUSED = ("contract",)

Emit = Callable[..., Any]


class Lanes(types.Type):
    """The type of sixteen float64."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({N_LANES})")


lanes: Any = Lanes()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:  # noqa: ANN401
        super().__init__(manager, kind, _DOUBLES)  # type: ignore[no-untyped-call]


def _splat(builder: Any, value: Any, vector: Any) -> Any:  # noqa: ANN401
    index = ir.Constant(ir.IntType(32), 0)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, index)
    mask = ir.Constant(ir.VectorType(ir.IntType(32), N_LANES), [0] * N_LANES)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)


def _constant(value: float, vector: Any) -> Any:  # noqa: ANN401
    return ir.Constant(vector, [value] * N_LANES)


def _widened(context: Any, builder: Any, kind: Any, value: Any) -> Any:  # noqa: ANN401
    if kind == lanes:
        return value
    plain = context.cast(builder, value, kind, types.float64)
    return _splat(builder, plain, _DOUBLES)


def _operator(function: Callable[..., Any], name: str) -> None:
    class Template(AbstractTemplate):
        def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:  # noqa: ANN401
            allowed = (Lanes, types.Float, types.Integer)
            if kws or lanes not in args:
                return None
            if all(isinstance(kind, allowed) for kind in args):
                return signature(lanes, *args)  # type: ignore[no-untyped-call]
            return None

    infer_global(function)(Template)  # type: ignore[no-untyped-call]

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        pairs = zip(sig.args, args, strict=True)
        a, b = (_widened(context, builder, kind, value) for kind, value in pairs)
        return getattr(builder, name)(a, b, flags=_FUSED)

    for left, right in (
        (Lanes, Lanes), (Lanes, types.Float), (types.Float, Lanes),
        (Lanes, types.Integer), (types.Integer, Lanes),
    ):  # fmt: skip
        lower_builtin(function, left, right)(lower)  # type: ignore[no-untyped-call]


_operator(operator.add, "fadd")
_operator(operator.sub, "fsub")
_operator(operator.mul, "fmul")
_operator(operator.truediv, "fdiv")


def _pointer(context: Any, builder: Any, kind: Any, parts: tuple[Any, Any]) -> Any:  # noqa: ANN401
    array, index = parts
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _DOUBLES.as_pointer())


def _load(_context: Any, array: Any, index: Any) -> Any:  # noqa: ANN401
    """Sixteen neighbours of a contiguous float64 array from `index` on."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        at = context.cast(builder, args[1], sig.args[1], types.intp)
        pointer = _pointer(context, builder, sig.args[0], (args[0], at))
        return builder.load(pointer, align=8)

    return lanes(array, index), emit


def _store(_context: Any, array: Any, index: Any, value: Any) -> Any:  # noqa: ANN401
    """Write sixteen numbers into a contiguous float64 array from `index` on."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        at = context.cast(builder, args[1], sig.args[1], types.intp)
        pointer = _pointer(context, builder, sig.args[0], (args[0], at))
        builder.store(args[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, index, value), emit


def _fill(_context: Any, value: Any) -> Any:  # noqa: ANN401
    """One number in every lane."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        return _widened(context, builder, sig.args[0], args[0])

    return lanes(value), emit


def _chosen(comparison: str) -> Emit:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401
        pairs = zip(sig.args, args, strict=True)
        a, b = (_widened(context, builder, kind, value) for kind, value in pairs)
        return builder.select(builder.fcmp_ordered(comparison, a, b), a, b)

    return emit


def _larger(_context: Any, a: Any, b: Any) -> Any:  # noqa: ANN401
    """The larger of two, lane by lane; `b` where `a` is not a number."""
    return lanes(a, b), _chosen(">")


def _smaller(_context: Any, a: Any, b: Any) -> Any:  # noqa: ANN401
    """The smaller of two, lane by lane; `b` where `a` is not a number."""
    return lanes(a, b), _chosen("<")


def _reciprocal(_context: Any, value: Any) -> Any:  # noqa: ANN401
    """1 / value to 14 digits, at half the cost of a division.

    A quotient in single precision, improved once by Newton's method. Numbers must lie
    within 1e-37 and 1e37.
    """

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        short = builder.fptrunc(args[0], _SINGLES)
        quotient = builder.fdiv(_constant(1.0, _SINGLES), short)
        x = builder.fpext(quotient, _DOUBLES)
        product = builder.fmul(args[0], x, flags=_FUSED)
        rest = builder.fsub(_constant(2.0, _DOUBLES), product, flags=_FUSED)
        return builder.fmul(x, rest, flags=_FUSED)

    return lanes(value), emit


def _exponent(_context: Any, value: Any) -> Any:  # noqa: ANN401
    """Power of two of the leading bit of positive normal numbers."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        bits = builder.bitcast(args[0], _WORDS)
        raised = builder.lshr(bits, _constant(52, _WORDS))
        return builder.sitofp(builder.sub(raised, _constant(1023, _WORDS)), _DOUBLES)

    return lanes(value), emit


def _mantissa(_context: Any, value: Any) -> Any:  # noqa: ANN401
    """Positive normal numbers over their power of two: 1 to below 2."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:  # noqa: ANN401, ARG001
        bits = builder.bitcast(args[0], _WORDS)
        fraction = builder.and_(bits, _constant((1 << 52) - 1, _WORDS))
        one = int(np.float64(1.0).view(np.int64))
        return builder.bitcast(builder.or_(fraction, _constant(one, _WORDS)), _DOUBLES)

    return lanes(value), emit


fill: Any = intrinsic(_fill)
load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
larger: Any = intrinsic(_larger)
smaller: Any = intrinsic(_smaller)
reciprocal: Any = intrinsic(_reciprocal)
exponent: Any = intrinsic(_exponent)
mantissa: Any = intrinsic(_mantissa)
