"""What the product imports is installed by requirements.txt alone.

The tests run with requirements-dev.txt installed too, which hides a dependency that only tests asked for.
"""

import ast
import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
OURS = ("authoring", "engine", "evaluation", "instructstudio", "training")


WHERE_CUDA_IS = {"bitsandbytes", "flash_attn", "liger_kernel"}
"""Asked for by name on a worker with a GPU, refused with its remedy where it is missing."""


def installed_by(path: Path) -> set[str]:
    """The distributions that installing this file installs, found through what each says it needs."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    wanted = [Requirement(line) for line in lines if line]
    found: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        for extra in {"", *one.extras}:
            name = canonicalize_name(one.name)
            if (name, extra) in found:
                continue
            try:
                needs = map(Requirement, distribution(name).requires or [])
            except PackageNotFoundError:
                continue
            found.add((name, extra))
            wanted += [
                need for need in needs if not need.marker or need.marker.evaluate({"extra": extra})
            ]
    return {name for name, _extra in found}


def imported() -> dict[str, Path]:
    """Every package from outside that a file of ours imports, with one such file."""
    known = {*OURS, *sys.stdlib_module_names}
    found = {}
    for path in (path for package in OURS for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            else:
                continue
            found |= {top: path for name in names if (top := name.partition(".")[0]) not in known}
    return found


def test_every_import_of_the_product_is_installed_without_the_tests_requirements():
    there, distributions = installed_by(ROOT / "requirements.txt"), packages_distributions()
    missing = {
        name: str(path.relative_to(ROOT))
        for name, path in imported().items()
        if name not in WHERE_CUDA_IS
        and not there & {canonicalize_name(one) for one in distributions.get(name, [])}
    }
    assert missing == {}
