"""Request bodies as JSON. How large one may be is instructstudio.gate's to say."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import JSONParser

from authoring import strict_json


class StrictJSONParser(JSONParser):
    def parse(
        self, stream: IO[bytes], media_type: Any = None, parser_context: Mapping | None = None
    ) -> Any:
        """Raises Invalid."""
        return strict_json.loads(stream.read())
