"""Let ``vqa_toolkit.analyze`` be both a module and the function that gives it its name.

Importing a submodule binds its name on the package, so a function of the same name would be hidden by it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def make_callable(module_name: str, function: Callable[..., Any]) -> None:
    """Calling the module ``module_name`` calls ``function``."""

    class CallableModule(ModuleType):
        """A module that can be called."""

        __doc__ = function.__doc__

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Call the function that names the module."""
            return function(*args, **kwargs)

    sys.modules[module_name].__class__ = CallableModule
