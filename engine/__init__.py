"""The training engine: plain Python and PyTorch, no Django, no Celery, no database.

It knows one thing about the studio: the run directory (`engine.run_dir`). Modules that the
web process may import (spec, run_dir, events, records, errors, metrics, rewards, formatting)
import no torch at module level; `tests/engine/test_light_imports.py` holds that.
"""

FORMAT = 1
"""Format number written into spec.json and events; raised when their shape changes."""
