"""An S3 bucket, Amazon's or another's, by boto3. Keys come from the standard AWS variables.

A place holds one export. A file that lies there with the same sum is not sent again; one in pieces goes
on with the piece at which it broke off, by the upload's id in the run directory. SHA256SUMS comes last:
where it lies, all of it arrived.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from engine.errors import CredentialsRefused, EngineError, PushError, TargetRefused, Unreachable
from engine.push.parcel import Item
from engine.push.push import Landed, Parcel
from engine.push.watch import Asked, Watch
from engine.run_dir import write_atomically
from engine.words import _

PIECE = 16 << 20
"""Bytes of one piece at least: S3 takes no smaller ones than 5 MB, and at most 10,000 of them."""
MOST_PIECES = 10_000
KEYS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"}
)  # fmt: skip
REGION = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}
)  # fmt: skip


def push(parcel: Parcel, watch: Watch) -> Landed:
    """Send what the place lacks. Raises TargetRefused where others' files lie."""
    try:
        bucket = _Bucket(parcel, watch)
        for item in bucket.missing(parcel.items):
            bucket.send(item)
    except Exception as error:
        raise _told(error, parcel) from None
    return Landed(bucket.url)


class _Bucket:
    def __init__(self, parcel: Parcel, watch: Watch) -> None:
        settings = parcel.settings
        config = Config(
            region_name=settings.region,
            connect_timeout=10,
            retries={"mode": "standard", "max_attempts": 5},
            s3={"addressing_style": "path" if settings.endpoint else "auto"},
            request_checksum_calculation="when_required",  # services other than Amazon's lack the rest
            response_checksum_validation="when_required",
        )
        session = boto3.session.Session()  # of its own: the default one remembers older keys
        self._s3: Any = session.client("s3", endpoint_url=settings.endpoint or None, config=config)
        self._bucket = settings.bucket
        self._folder = "/".join(one for one in (settings.prefix, settings.name) if one) + "/"
        self._memory = parcel.memory
        self._watch = watch
        self.url = f"s3://{self._bucket}/{self._folder}"

    def missing(self, items: list[Item]) -> list[Item]:
        """What is not there yet. Raises TargetRefused for a file there that is not of this export."""
        mine = {self._folder + one.name: one for one in items}
        there = set()
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._folder):
            for found in page.get("Contents", []):
                if found["Key"] == self._folder:  # what a console leaves for a folder that it made
                    continue
                item = mine.get(found["Key"])
                if item is None or not self._is(item, found["Key"]):
                    raise TargetRefused(
                        _(
                            "%(url)s holds other files: %(key)s",
                            url=self.url,
                            key=found["Key"].removeprefix(self._folder),
                        ),
                        _("A folder of a bucket holds one export. Name another."),
                    )
                there.add(found["Key"])
                self._watch.arrived(item.name)
        return [one for key, one in mine.items() if key not in there]

    def send(self, item: Item) -> None:
        key, about = self._folder + item.name, {"sha256": item.sha256}
        if item.size <= PIECE:
            body = item.path.read_bytes()
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, Metadata=about)
        else:
            self._send_in_pieces(item, key, about)
        self._watch.arrived(item.name)

    def _send_in_pieces(self, item: Item, key: str, about: dict[str, str]) -> None:
        here = {"Bucket": self._bucket, "Key": key}
        upload = self._begun(item, key)
        size = max(PIECE, -(-item.size // MOST_PIECES))
        done = self._pieces(here | {"UploadId": upload}) if upload else None
        if done is None:
            upload = self._s3.create_multipart_upload(**here, Metadata=about)["UploadId"]
            self._remember(item, key, upload)
            done = {}
        here["UploadId"] = upload
        parts = []
        try:
            with open(item.path, "rb") as file:
                for number in range(1, -(-item.size // size) + 1):
                    piece = file.read(size)
                    tag = done.get((number, len(piece)))
                    if tag is None:
                        sent = self._s3.upload_part(**here, PartNumber=number, Body=piece)
                        tag = sent["ETag"]
                    parts.append({"PartNumber": number, "ETag": tag})
                    self._watch.sent(item.name, file.tell())
        except Asked as asked:
            if asked.want == "stop":  # nobody goes on: unfinished pieces cost, and nobody sees them
                self._forget_pieces(here)
            raise
        self._s3.complete_multipart_upload(**here, MultipartUpload={"Parts": parts})

    def _forget_pieces(self, upload: dict[str, str]) -> None:
        """It was stopped, whatever comes of this: what stays is said."""
        try:
            self._s3.abort_multipart_upload(**upload)
        except (BotoCoreError, ClientError) as error:
            self._watch.log(
                f"pieces of {upload['Key']} stay in the bucket ({type(error).__name__}): upload "
                f"{upload['UploadId']} can be aborted there",
                "warning",
            )

    def _is(self, item: Item, key: str) -> bool:
        head = self._s3.head_object(Bucket=self._bucket, Key=key)
        return head["ContentLength"] == item.size and head["Metadata"].get("sha256") == item.sha256

    def _pieces(self, upload: dict[str, str]) -> dict[tuple[int, int], str] | None:
        """{(number, bytes): tag} of an upload that was begun; None when the bucket knows it no more."""
        try:
            pages = self._s3.get_paginator("list_parts").paginate(**upload)
            found = [one for page in pages for one in page.get("Parts", [])]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchUpload":
                return None
            raise
        return {(one["PartNumber"], one["Size"]): one["ETag"] for one in found}

    def _begun(self, item: Item, key: str) -> str:
        known = self._known().get(f"{self._bucket}/{key}", {})
        return known.get("upload", "") if known.get("sha256") == item.sha256 else ""

    def _remember(self, item: Item, key: str, upload: str) -> None:
        mine = {"upload": upload, "sha256": item.sha256}
        write_atomically(self._memory, json.dumps(self._known() | {f"{self._bucket}/{key}": mine}))

    def _known(self) -> dict[str, dict[str, str]]:
        try:
            return json.loads(self._memory.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}


def _told(error: Exception, parcel: Parcel) -> BaseException:
    """What went wrong: the service's code and ours of it, never a signed address."""
    settings = parcel.settings
    where = settings.endpoint or "Amazon S3"
    match error:
        case EngineError() | Asked():
            return error
        case ClientError():
            return _refused(error, settings.bucket, settings.region, where)
        case NoCredentialsError() | PartialCredentialsError():
            return CredentialsRefused(
                _("the light worker has no whole AWS keys"),
                _(
                    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, restart the worker, then try "
                    "again."
                ),
            )
        case HTTPClientError() | ConnectionError():
            return Unreachable(
                _(
                    "%(where)s can't be reached (%(error)s)",
                    where=where,
                    error=type(error).__name__,
                ),
                _("Check S3_ENDPOINT and the light worker's network, then try again."),
            )
        case OSError() | BotoCoreError():
            return PushError(
                _("the push broke off (%(error)s)", error=type(error).__name__), _("Try again.")
            )
    return PushError(
        _(
            "the push to %(name)s broke off (%(error)s)",
            name=settings.name,
            error=type(error).__name__,
        ),
        _("Try again: what has arrived is not sent twice. If it happens again, report it."),
    )


def _refused(error: ClientError, bucket: str, region: str, where: str) -> EngineError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in KEYS:
        return CredentialsRefused(
            _("%(where)s does not know the AWS keys (%(code)s)", where=where, code=code),
            _(
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a valid pair, restart the "
                "light worker, then try again."
            ),
        )
    if code == "NoSuchBucket":
        return TargetRefused(
            _("there is no bucket %(bucket)s at %(where)s", bucket=bucket, where=where),
            _("Make it, or set S3_BUCKET (and S3_ENDPOINT) to one that is there."),
        )
    if code in REGION:
        return TargetRefused(
            _(
                "the bucket %(bucket)s is not in the region %(region)s (%(code)s)",
                bucket=bucket,
                region=region,
                code=code,
            ),
            _("Set AWS_REGION to the bucket's own, restart the studio, then try again."),
        )
    if status == 403:
        return CredentialsRefused(
            _(
                "the AWS keys may not do this in the bucket %(bucket)s (%(code)s)",
                bucket=bucket,
                code=code,
            ),
            _("Let them list, read, write and abort uploads there, then try again."),
        )
    if status in (429, 500, 502, 503, 504) or code == "SlowDown":
        return Unreachable(
            _("%(where)s is too busy (%(code)s)", where=where, code=code or status),
            _("Try again later."),
        )
    return TargetRefused(
        _("%(where)s refuses (%(code)s)", where=where, code=code or status),
        _("Look at the bucket's settings."),
    )
