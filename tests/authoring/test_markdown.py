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
