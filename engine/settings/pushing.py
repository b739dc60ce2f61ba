"""What a push is told: where an export goes. Secrets are never among it: they are the process's own."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


@dataclass(frozen=True)
class PushSettings:
    """An export's files to a place that the studio's operator configured."""

    destination: str = option("hub", "A model hub, or an S3 bucket.", choices=("hub", "s3"))
    name: str = option("", "The repository as owner/name, or the folder in the bucket.")
    public: bool = option(False, "Whether a repository that is made anew is open to everybody.")
    endpoint: str = option("", "The hub's address; that of an S3 service other than Amazon's.")
    bucket: str = option("", "The S3 bucket.")
    prefix: str = option("", "Folder of the bucket under which everything goes.")
    region: str = option("us-east-1", "The S3 bucket's region.")
