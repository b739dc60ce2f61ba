"""Guidelines are Markdown; what comes out is safe to show."""

import pytest

from authoring.markdown import to_html


def test_headings_lists_tables_and_code_are_rendered():
    html = to_html("## Labels\n\n- *refund*\n\n| a | b |\n|---|---|\n| `x` | ~~y~~ |")
    for part in ("<h2>Labels</h2>", "<em>refund</em>", "<table>", "<code>x</code>", "<s>y</s>"):
        assert part in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](http://evil.example/track.png)",
        "<style>body{}</style>",
        '<a href="x" onclick="y">z</a>',
    ],
)
def test_nothing_dangerous_comes_through(text):
    html = to_html(text)
    for bad in ("<script", "<img", "<style", 'href="javascript', 'href="data', "<a onclick"):
        assert bad not in html


def test_links_pass_no_referrer():
    assert 'rel="noopener noreferrer nofollow"' in to_html("[a](https://example.org)")


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("**边界。**不写真实的学生。", "边界。"),
        ("写**“一百五十”**个字", "“一百五十”"),
        ("先写 **bold** text", "bold"),
        ("**好的一条**写明年龄", "好的一条"),
    ],
)
def test_chinese_emphasis_needs_no_spaces(text, strong):
    html = to_html(text)
    assert f"<strong>{strong}</strong>" in html
    assert "**" not in html


@pytest.mark.parametrize("text", ["2 ** 3 和 4 ** 5", "**没有结束", "snake_case_name 不变"])
def test_what_is_no_emphasis_stays_as_it_is(text):
    assert to_html(text) == f"<p>{text}</p>\n"
