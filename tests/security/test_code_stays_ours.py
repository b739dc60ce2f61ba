"""Nothing that comes in is run: no pickles, no shell strings, no evaluated text, no code of models.

CVE-2025-5173, CVE-2025-32434 (torch.load), CVE-2024-52803 (shell strings), CVE-2024-2195 (queries by
eval), CVE-2024-34359 (chat templates), and `trust_remote_code` wherever it was on by default.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from engine.chat_template import ChatTemplate
from engine.errors import ModelError

PACKAGES = ("engine", "authoring", "training", "evaluation", "instructstudio")
FORBIDDEN_IMPORTS = {"pickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput"),
    *("torch.load", "np.load", "numpy.load", "yaml.load", "yaml.unsafe_load", "mark_safe"),
    *("jinja2.Template", "jinja2.Environment", "Environment", "RawSQL"),
}
ALLOWED = {("authoring/markdown.py", "mark_safe"), ("authoring/search_index.py", "RawSQL")}
"""The first has just been sanitised, and by nothing else; the second is a constant text whose only
value goes in as a parameter."""
FORBIDDEN_FILTERS = ("|safe", "autoescape off", "safeseq")


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            where = str(path.relative_to(settings.BASE_DIR))
            for node in ast.walk(ast.parse(path.read_text())):
                yield where, node


def test_nothing_is_unpickled_evaluated_or_given_to_a_shell():
    found = []
    for where, node in nodes():
        match node:
            case ast.Import(names=names):
                found += [(where, one.name) for one in names if one.name in FORBIDDEN_IMPORTS]
            case ast.ImportFrom(module=module) if module in FORBIDDEN_IMPORTS:
                found.append((where, module))
            case ast.Call(func=function) if ast.unparse(function) in FORBIDDEN_CALLS:
                found.append((where, ast.unparse(function)))
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                found.append((where, "shell=True"))
            case ast.keyword(arg="trust_remote_code"):
                found.append((where, "trust_remote_code"))
    assert set(found) <= ALLOWED


def test_weights_are_read_from_safetensors_only():
    calls = [
        (where, ast.unparse(node))
        for where, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "from_pretrained"
    ]
    assert calls, "there is code that reads weights"
    assert [one for one in calls if "use_safetensors=True" not in one[1]] == []


def test_no_template_turns_escaping_off():
    wrong = [
        (path.name, word)
        for path in Path(settings.BASE_DIR / "templates").rglob("*.html")
        for word in FORBIDDEN_FILTERS
        if word in path.read_text().replace(" | ", "|")
    ]
    assert wrong == []


def rendered(template: str) -> str:
    messages = [{"role": "user", "content": "Hello"}]
    return ChatTemplate(template, {}).render(messages, add_generation_prompt=True)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ messages.append({'role': 'user', 'content': 'x'}) }}",
        "{{ self.__init__.__globals__ }}{{ ().__class__.__base__.__subclasses__() }}",
        "{{ raise_exception.__globals__.keys() }}",
        "{{ strftime_now.__code__.co_consts }}",
        "{{ '%s'.__mod__.__self__.__class__.__base__ }}",
        "{{ ('{0.__class__.__mro__[1]}'|attr('format'))(messages) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os }}",
        "{% for a in range(10 ** 9) %}x{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ 1 + 'a' }}",
        "{{ messages[0].role.content.nothing.more }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}",
    ],
)
def test_a_chat_template_gets_nowhere_and_is_told_off(template):
    with pytest.raises(ModelError) as refused:
        rendered(template)
    assert refused.value.remedy
