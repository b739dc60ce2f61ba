"""A file that came in: kept as it was, checked before anything is written, then committed."""

from django.db import models

from authoring.states import ImportState


class Import(models.Model):
    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="imports")
    task = models.ForeignKey("authoring.Task", models.PROTECT, related_name="imports")
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="imports")
    state = models.CharField(max_length=12, choices=ImportState, default=ImportState.UPLOADED)
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=300)
    filename = models.CharField(max_length=255)
    format = models.CharField(max_length=30, blank=True)
    """Record format found or chosen: studio, alpaca, sharegpt, openai, trl, self_instruct …"""
    encoding = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, blank=True)
    submit = models.BooleanField(default=True)
    """Whether imported pairs go straight to review."""
    rows_good = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list, blank=True)
    """The first 1,000 problems: [{row, field, problem, remedy}]."""
    sample = models.JSONField(default=list, blank=True)
    """The first rows as pairs would hold them."""
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.filename
