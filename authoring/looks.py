"""How a state looks: a tone and an icon beside its word, so that colour never speaks alone."""

LOOKS: dict[str, tuple[str, str]] = {
    # pairs
    "draft": ("plain", "pencil"),
    "submitted": ("accent", "clock"),
    "changes_requested": ("warn", "undo-2"),
    "approved": ("ok", "circle-check"),
    "rejected": ("bad", "circle-x"),
    # imports
    "uploaded": ("plain", "upload"),
    "checked": ("accent", "eye"),
    "committing": ("accent", "circle-dashed"),
    "committed": ("ok", "circle-check"),
    # runs and evaluations
    "waiting": ("plain", "link"),
    "queued": ("plain", "clock"),
    "starting": ("accent", "circle-dashed"),
    "running": ("accent", "circle-dot"),
    "pausing": ("warn", "circle-dashed"),
    "paused": ("warn", "pause"),
    "stopping": ("warn", "circle-dashed"),
    "stopped": ("plain", "square"),
    "cancelled": ("plain", "square"),
    "finished": ("ok", "circle-check"),
    "done": ("ok", "circle-check"),
    "failed": ("bad", "octagon-alert"),
    "lost": ("bad", "wifi-off"),
    # trials of a search
    "measuring": ("accent", "gauge"),
    "complete": ("ok", "circle-check"),
    "pruned": ("warn", "minus"),
    # how an output ended
    "stop": ("ok", "check"),
    "length": ("warn", "scale"),
    "error": ("bad", "octagon-alert"),
    "unparsed": ("warn", "circle-help"),
    # answers and people
    "right": ("ok", "check"),
    "wrong": ("bad", "x"),
    "active": ("ok", "circle-check"),
    "inactive": ("plain", "circle-x"),
}
"""state → tone and icon. What is not here is plain, with a dot."""

MOVING = frozenset({"committing", "starting", "running", "pausing", "stopping"})
NOTICE_ICONS = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "octagon-alert",
    "accent": "info",
    "plain": "info",
}
