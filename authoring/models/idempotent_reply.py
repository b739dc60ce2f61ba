"""The reply to a POST that carried an Idempotency-Key, so that a repeat gets the same one."""

from django.db import models


class IdempotentReply(models.Model):
    user = models.ForeignKey("authoring.User", models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_reply_a_key")]

    def __str__(self) -> str:
        return self.key
