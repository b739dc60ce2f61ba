"""How long an answer of each kind of task may become, in tokens, unless somebody says otherwise."""

NEW_TOKENS = {
    "classification": 16,
    "short_answer": 64,
    "summarization": 160,
    "code": 256,
    "chat": 256,
    "free": 256,
}
