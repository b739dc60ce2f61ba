"""Where exports can be pushed to: what the operator configured, and nothing else.

A destination needs no secret here: the token and the keys are the light worker's (docs/operations.md).
"""

from typing import Any, NamedTuple

from django.conf import settings

from training.models import Destination


class Configured(NamedTuple):
    """One destination that the operator set."""

    slug: Destination
    address: str
    """Places lie under it: https://huggingface.co or s3://bucket/prefix."""
    service: str = ""
    """Of a bucket: the address of an S3 service other than Amazon's."""

    @property
    def name(self) -> str:
        return str(self.slug.label)

    def target(self, name: str) -> str:
        return f"{self.address}/{name}"


def configured() -> dict[str, Configured]:
    """By slug; empty where nothing is set."""
    found = []
    if settings.HUB_ENDPOINT:
        found.append(Configured(Destination.HUB, settings.HUB_ENDPOINT))
    if settings.S3_BUCKET:
        under = "/".join(one for one in (settings.S3_BUCKET, settings.S3_PREFIX) if one)
        found.append(Configured(Destination.S3, f"s3://{under}", settings.S3_ENDPOINT))
    return {str(one.slug): one for one in found}


def engine_settings(destination: str) -> dict[str, Any]:
    """What `engine push` is told of a destination, beside the name."""
    if destination == Destination.HUB:
        return {"endpoint": settings.HUB_ENDPOINT}
    return {
        "endpoint": settings.S3_ENDPOINT,
        "bucket": settings.S3_BUCKET,
        "prefix": settings.S3_PREFIX,
        "region": settings.S3_REGION,
    }
