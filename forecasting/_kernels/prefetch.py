"""A machine instruction that Numba does not offer: ask for memory before it is used."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LINE_BYTES = 64
# Operands of LLVM's prefetch: to be written, kept in all caches, data.
WRITE, KEEP, DATA = 1, 3, 1


def _prefetch(_context: Any, _address: Any) -> Any:  # noqa: ANN401
    def emit(target: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        hints = [ir.Constant(word, hint) for hint in (WRITE, KEEP, DATA)]
        builder.call(ask, [builder.inttoptr(args[0], byte), *hints])
        return target.get_dummy_value()

    return types.void(types.int64), emit


# Asks for the cache line at an address. An address that nobody owns does no harm.
prefetch: Any = intrinsic(_prefetch)
