"""How kernels over tuples of arrays are compiled: references are not counted.

A kernel takes a tuple of arrays rather than ten of them. Numba counts the references of
each array at every call that takes the tuple, with an atomic operation, and passes each
as seven arguments: with the three dozen arrays of live state, folding a reading took
2,100 ns that way, and 16 ns without. What does not allocate needs no counting, and what
is put into its caller is passed nothing.

Neither kind may return an array: its caller would give back a reference that was never
taken, and free memory that is in use.

What is put into its caller is not made into machine code by itself: Numba would improve
and assemble it anew, with all that it calls, at each level of calls.
"""

from collections.abc import Callable
from typing import Any, cast

from numba import njit
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import (
    CompilerBase,
    CompileResult,
    DefaultPassBuilder,
    StateDict,
)
from numba.core.compiler_machinery import register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering

Kernel = Callable[..., Any]

UNCOUNTED: dict[str, Any] = {"nogil": True, "_nrt": False}
PART: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

entry: Kernel = njit(**UNCOUNTED, cache=True)
"""Compile what is called from Python. It must not allocate."""


_registered: Kernel = register_pass


class _PartLibrary(JITCodeLibrary):
    """Code that is improved and assembled where it is put, not by itself."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


@_registered(mutates_CFG=True, analysis_only=False)
class _LowerPart(NativeLowering):
    """Lower a function for its callers; it has no address."""

    _name = "lower_part"

    def run_pass(self, state: StateDict) -> bool:
        target, library = state.targetctx, cast("Kernel", _PartLibrary)
        lower: Callable[..., bool] = NativeLowering.run_pass
        state.library = library(target.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        lower(self, state)
        result = state["cr"]
        # Instead of an address, by which callers know what they call.
        known_by = object()
        target.insert_user_function(known_by, result.fndesc, [state.library])
        state["cr"] = result._replace(cfunc=known_by)
        return True


class _PartCompiler(CompilerBase):
    """Numba's own passes but the last."""

    def define_pipelines(self) -> list[Any]:
        build: Callable[..., Any] = DefaultPassBuilder.define_nopython_pipeline
        passes = build(self.state)
        passes.passes[:] = [
            (_LowerPart if one is NativeLowering else one, what)
            for one, what in passes.passes
        ]
        passes.finalize()
        return [passes]


_part: Kernel = njit(
    **UNCOUNTED, **PART, forceinline=True, pipeline_class=_PartCompiler
)


class _Part(CPUDispatcher):
    """A part of other kernels; called from Python, it is compiled as an entry."""

    def add_overload(self, result: CompileResult) -> None:
        self.overloads[tuple(result.signature.args)] = result  # type: ignore[attr-defined]

    def __call__(self, *arguments: object) -> object:
        if "as_entry" not in vars(self):
            self.as_entry = entry(self.py_func)
        return self.as_entry(*arguments)


def inlined(function: Kernel) -> Kernel:
    """Compile what is called from other kernels. It must not allocate.

    Parameters
    ----------
    function : callable
        Of numbers and arrays.

    Returns
    -------
    callable
        Put into each kernel that calls it.
    """
    part = _part(function)
    part.__class__ = _Part
    return part
