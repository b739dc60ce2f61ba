"""Numbers that come with a request: a page, a revision, a chosen row. Anything may be sent."""

LARGEST = 2**63 - 1
"""What a database can look for."""


def number(text: str | None) -> int:
    """The number asked for; 0, which nothing has, for what is none.

    >>> number("17"), number("seventeen"), number(None), number("9" * 30)
    (17, 0, 0, 0)
    """
    found = int(text) if text and text.isdecimal() and len(text) < 20 else 0
    return found if found <= LARGEST else 0
