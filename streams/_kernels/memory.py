"""Loads from raw addresses, and machine instructions that Numba does not offer.

The bytes of a batch stand in a buffer of any kind (bytes, a view, a mapped file), and a
kernel over arrays would be compiled anew for each. Addresses are the same for all; who
passes one keeps the buffer alive and answers for the bounds.
"""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

FLOAT = 0  # of no bits: a float64


def _load(bits: int, result: Any) -> Any:  # noqa: ANN401
    def typed(_context: Any, _address: Any) -> Any:  # noqa: ANN401
        def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
            word = ir.DoubleType() if bits == FLOAT else ir.IntType(bits)
            pointer = builder.inttoptr(args[0], word.as_pointer())
            value = builder.load(pointer)
            value.align = 1
            return value

        return result(types.int64), emit

    return typed


load_u8: Any = intrinsic(_load(8, types.uint8))
load_u32: Any = intrinsic(_load(32, types.uint32))
load_u64: Any = intrinsic(_load(64, types.uint64))
load_i16: Any = intrinsic(_load(16, types.int16))
load_i32: Any = intrinsic(_load(32, types.int32))
load_f64: Any = intrinsic(_load(FLOAT, types.float64))
load_i64: Any = intrinsic(_load(64, types.int64))


def _store(kind: Any) -> Any:  # noqa: ANN401
    def typed(_context: Any, _address: Any, _value: Any) -> Any:  # noqa: ANN401
        def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
            pointer = builder.inttoptr(args[0], args[1].type.as_pointer())
            builder.store(args[1], pointer, align=1)
            return _target.get_dummy_value()

        return types.void(types.int64, kind), emit

    return typed


store_u8: Any = intrinsic(_store(types.uint8))
store_i16: Any = intrinsic(_store(types.int16))
store_i32: Any = intrinsic(_store(types.int32))
store_i64: Any = intrinsic(_store(types.int64))
store_u64: Any = intrinsic(_store(types.uint64))
store_f64: Any = intrinsic(_store(types.float64))


def _pointer(_context: Any, _address: Any) -> Any:  # noqa: ANN401
    """Turn an address into a pointer, as `numba.carray` takes it."""

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), emit


def _multiply_high(_context: Any, _x: Any, _y: Any) -> Any:  # noqa: ANN401
    """Upper 64 bits of the product of two uint64."""

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        upper = builder.lshr(product, ir.Constant(wide, 64))
        return builder.trunc(upper, ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), emit


def _trailing_zeros(_context: Any, _x: Any) -> Any:  # noqa: ANN401
    """Count the zero bits below the lowest one of a uint64; 64 for 0."""

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), emit


def _leading_zeros(_context: Any, _x: Any) -> Any:  # noqa: ANN401
    """Count the zero bits above the highest one of a uint64; 64 for 0."""

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), emit


def _float_of_bits(_context: Any, _x: Any) -> Any:  # noqa: ANN401
    """Read the bits of a uint64 as a float64."""

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), emit


def _mask(builder: Any, bits: Any) -> Any:  # noqa: ANN401
    """Pack a vector of bits into a uint64."""
    whole = builder.bitcast(bits, ir.IntType(bits.type.count))
    return whole if bits.type.count == 64 else builder.zext(whole, ir.IntType(64))


def _vector(builder: Any, address: Any, n_bytes: int) -> Any:  # noqa: ANN401
    kind = ir.VectorType(ir.IntType(8), n_bytes)
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = 1
    return value


def _every(n_bytes: int, byte: int) -> Any:  # noqa: ANN401
    return ir.Constant(ir.VectorType(ir.IntType(8), n_bytes), [byte] * n_bytes)


def _differing(n_bytes: int) -> Any:  # noqa: ANN401
    """Compare bytes at two addresses: one bit each, set where they differ."""

    def typed(_context: Any, _one: Any, _other: Any) -> Any:  # noqa: ANN401
        def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
            one, other = (_vector(builder, place, n_bytes) for place in args)
            return _mask(builder, builder.icmp_unsigned("!=", one, other))

        return types.uint64(types.int64, types.int64), emit

    return typed


def _quotes(_context: Any, _address: Any) -> Any:  # noqa: ANN401
    """Find quotes among 32 bytes: one bit each."""

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        text = _vector(builder, args[0], 32)
        return _mask(builder, builder.icmp_unsigned("==", text, _every(32, 0x22)))

    return types.uint64(types.int64), emit


def _specials(_context: Any, _address: Any) -> Any:  # noqa: ANN401
    """Find what a plain string may not hold among 32 bytes: one bit each.

    These are the backslash, control characters and all beyond ASCII: the latter two
    are less than the space if bytes have a sign.
    """

    def emit(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        text = _vector(builder, args[0], 32)
        slashes = builder.icmp_unsigned("==", text, _every(32, 0x5C))
        others = builder.icmp_signed("<", text, _every(32, 0x20))
        return _mask(builder, builder.or_(slashes, others))

    return types.uint64(types.int64), emit


def _fill_line(_context: Any, _address: Any, _value: Any) -> Any:  # noqa: ANN401
    """Write a uint64 eight times, from an address on."""

    def emit(target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        kind = ir.VectorType(ir.IntType(64), 8)
        line = ir.Constant(kind, ir.Undefined)
        for place in range(8):
            number = ir.Constant(ir.IntType(32), place)
            line = builder.insert_element(line, args[1], number)
        pointer = builder.inttoptr(args[0], kind.as_pointer())
        builder.store(line, pointer, align=1)
        return target.get_dummy_value()

    return types.void(types.int64, types.uint64), emit


def _prefetch(_context: Any, _address: Any) -> Any:  # noqa: ANN401
    """Have a line of memory fetched that is needed soon; any address may be given."""

    def emit(target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        pointer = builder.inttoptr(args[0], ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kinds = [pointer.type, number, number, number]
        signature = ir.FunctionType(ir.VoidType(), kinds)
        fetch = builder.module.declare_intrinsic("llvm.prefetch", kinds[:1], signature)
        # To be read, kept near, and data.
        builder.call(fetch, [pointer, *(number(how) for how in (0, 3, 1))])
        return target.get_dummy_value()

    return types.void(types.int64), emit


pointer: Any = intrinsic(_pointer)
differing_64: Any = intrinsic(_differing(64))
prefetch: Any = intrinsic(_prefetch)
quotes_32: Any = intrinsic(_quotes)
specials_32: Any = intrinsic(_specials)
fill_line: Any = intrinsic(_fill_line)
multiply_high: Any = intrinsic(_multiply_high)
trailing_zeros: Any = intrinsic(_trailing_zeros)
leading_zeros: Any = intrinsic(_leading_zeros)
float_of_bits: Any = intrinsic(_float_of_bits)


@njit(cache=True, nogil=True)
def same_bytes(one: int, other: int, n_bytes: int) -> bool:
    """Tell whether two stretches of memory hold the same bytes."""
    at = 0
    while at + 8 <= n_bytes:
        if load_u64(one + at) != load_u64(other + at):
            return False
        at += 8
    while at < n_bytes:
        if load_u8(one + at) != load_u8(other + at):
            return False
        at += 1
    return True
