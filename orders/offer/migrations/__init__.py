"""Oscar's own migrations first, ours beside them: nothing is copied."""

from importlib.util import find_spec

__path__ = [*__path__, *(find_spec("oscar.apps.offer.migrations").submodule_search_locations or [])]  # type: ignore[union-attr]
