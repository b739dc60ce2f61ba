"""Numbers that no column can hold: looking for one finds nothing, on either database.

Django sees to that for a column of whole numbers compared with one number. Not for a relation, nor
for a list of numbers: there SQLite's driver raises OverflowError, which would be a crash for whoever
writes an absurd id into an address.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import ForeignKey, IntegerField
from django.db.models.fields.related_lookups import RelatedExact, RelatedIn
from django.db.models.lookups import In

LARGEST = 2**63 - 1


def fits(value: Any) -> bool:
    return not isinstance(value, int) or -LARGEST - 1 <= value <= LARGEST


class RelatedToOne(RelatedExact):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not fits(self.rhs):
            raise EmptyResultSet
        return super().as_sql(compiler, connection)


class _OnlyWhatFits:
    def get_prep_lookup(self) -> Any:
        found = super().get_prep_lookup()
        return [one for one in found if fits(one)] if self.rhs_is_direct_value() else found


class RelatedToAny(_OnlyWhatFits, RelatedIn):
    pass


class AnyOf(_OnlyWhatFits, In):
    pass


def register() -> None:
    """For every model of the studio; called once, when Django is ready."""
    ForeignKey.register_lookup(RelatedToOne)
    ForeignKey.register_lookup(RelatedToAny)
    IntegerField.register_lookup(AnyOf)
