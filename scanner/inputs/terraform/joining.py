"""Which resource an argument names, by its text or by what its expression refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.mapping import Join, Mapped
from scanner.inputs.terraform.references import References, Sources
from scanner.inputs.terraform.shapes import Pointer
from scanner.model.reference_match import without_partition
from scanner.model.resource import Names, same_value
from scanner.model.unknown import Reference, Unknown, first_unknown, unknowns

_DEEPEST = 4
# Names of buckets are taken once in a partition, those of these others once in an account, and all else in a region.
EVERYWHERE = ("aws_s3_bucket",)
_OF_ACCOUNTS = ("aws_iam_", "aws_cloudfront_", "aws_route53_")


class Joiner:
    """Over all resources of one scan: a name that is known may be of another plan."""

    def __init__(
        self,
        table: Callable[[str], Mapped | None],
        names: Callable[[Instance], Names],
        place: Callable[[Instance], Environment],
        is_chosen: Callable[[View, str], bool],
    ) -> None:
        self._table = table
        self._names = names
        self._place = place
        self._is_chosen = is_chosen
        self._by_type: dict[str, list[Instance]] = {}
        self._by_text: dict[tuple[str, str], list[Instance]] = {}
        self._partly: dict[str, list[Instance]] = {}
        self._named: set[str] = set()
        self._spellings: dict[tuple[str, tuple[str, ...], Environment], Join] = {}

    def add(self, instances: Iterable[Instance]) -> None:
        """Takes the managed resources of a plan; data sources are no resources that an argument could be taken to
        name."""
        for each in instances:
            if each.mode == "managed":
                self._by_type.setdefault(each.type, []).append(each)
                self._named.discard(each.type)

    def join(self, view: View, name: str, types: tuple[str, ...], references: References, depth: int = 0) -> Join:
        """What the attribute names among resources of the types."""
        value = view.read(name)
        if isinstance(value, str) and value:
            return self._known(view, name, value, types, references)
        if not isinstance(value, Unknown):
            return Join(why=None if value is None or isinstance(value, LeftOut | str) else view.why(name))
        return self._meant(view, name, value, types, references, depth)

    def each(self, view: View, name: str, types: tuple[str, ...], references: References) -> list[Join]:
        """What each item of a list names; of a list that is not known as a whole, what its expression may name."""
        value = view.read(name)
        if not isinstance(value, list):
            return [self.join(view, name, types, references)]
        place = self._place(view.instance)
        return [
            self._spelled(item, types, place)
            if isinstance(item, str)
            else self._meant(view, name, view.why(name), types, references, 0)
            for item in value
            if item
        ]

    def _meant(  # one step of `join`
        self, view: View, name: str, value: Unknown, types: tuple[str, ...], references: References, depth: int
    ) -> Join:
        """What an argument that is not known may name, by what its expression refers to."""
        sources = references.of(view.instance, view.references(name), chosen=self._is_chosen(view, name))
        if not view.is_known_how or not view.references(name):
            sources.open = True
        wanted: dict[int, Instance] = {}
        maybe: dict[int, Instance] = {}
        for each in sources.instances.values():
            if each.mode == "managed" and each.type in types:
                wanted[id(each)] = each
            elif each.mode == "managed":
                self._through(each, types, references, depth, sources, wanted, maybe)
        if len(wanted) == 1 and not maybe:
            (sure,) = wanted.values()
            note = (
                f"`{name}` of {view.instance.address} is taken to name {sure.address}, to which its expression refers"
            )
            return Join(sure, note)
        if wanted or maybe:
            return Join(maybe=(*wanted.values(), *maybe.values()), why=value)
        if sources.open or not sources.outside:
            return Join(maybe=tuple(each for kind in types for each in self._by_type.get(kind, ())), why=value)
        return Join(why=value)

    def _known(self, view: View, name: str, value: str, types: tuple[str, ...], references: References) -> Join:
        """What has the name; of several that have it, the one that the expression refers to."""
        spelled = self._spelled(value, types, self._place(view.instance))
        if spelled.sure is not None:
            return spelled
        meant = self._referred(view, name, types, references)
        if meant is not None and (meant in spelled.maybe or value in meant.after.values()):
            return Join(meant, literal=value)
        return spelled

    def alike(self, view: View, types: tuple[str, ...], match: tuple[str, ...], references: References) -> Join:
        """The resource that has the same arguments, or to which one of them refers."""
        for name in match:
            meant = self._referred(view, name, types, references)
            if meant is not None:
                return Join(meant)
        mine = [view.read(name) for name in match]
        maybe: list[Instance] = []
        for each in (each for kind in types for each in self._by_type.get(kind, ())):
            theirs = [View.of(each).read(name) for name in match]
            pairs = list(zip(mine, theirs, strict=True))
            if any(isinstance(one, str) and isinstance(other, str) and one != other for one, other in pairs):
                continue
            same = all(
                (isinstance(one, str) and one == other)
                or (isinstance(one, Unknown) and view.references(name) == View.of(each).references(name) != ())
                for name, (one, other) in zip(match, pairs, strict=True)
            )
            if same and each.module == view.instance.module:
                return Join(each)
            maybe.append(each)
        return Join(maybe=tuple(maybe), why=view.why(match[0]))

    def _referred(self, view: View, name: str, types: tuple[str, ...], references: References) -> Instance | None:
        """The one resource of the types that the expression refers to; several may have the name that it gives."""
        said = view.references(name)
        if not said:
            return None
        sources = references.of(view.instance, said, chosen=self._is_chosen(view, name))
        found = [each for each in sources.instances.values() if each.type in types]
        return found[0] if len(found) == 1 and found[0].mode == "managed" else None

    def _through(  # noqa: PLR0913  # one step of `join`
        self,
        instance: Instance,
        types: tuple[str, ...],
        references: References,
        depth: int,
        sources: Sources,
        wanted: dict[int, Instance],
        maybe: dict[int, Instance],
    ) -> None:
        """A part of a resource leads to it: modules name a bucket by its policy, so that this comes first."""
        key = self._key_of(instance.type, types)
        if key is None or depth >= _DEEPEST:
            sources.open = True
            return
        inner = self.join(View.of(instance), key, types, references, depth + 1)
        if inner.sure is not None:
            wanted[id(inner.sure)] = inner.sure
        elif inner.maybe:
            maybe.update({id(each): each for each in inner.maybe})

    def _key_of(self, kind: str, types: tuple[str, ...]) -> str | None:
        """The argument by which a resource names one of the types."""
        mapped = self._table(kind)
        if mapped is None:
            return None
        keys = [(fold.key, fold.wholes) for fold in mapped.folds]
        shapes = [shape for make in mapped.makes for shape in make.properties.values()]
        keys += [(shape.name, shape.types) for shape in shapes if isinstance(shape, Pointer)]
        return next((key for key, wholes in keys if not set(wholes).isdisjoint(types)), None)

    def _spelled(self, value: str, types: tuple[str, ...], place: Environment) -> Join:
        for kind in types:
            self._index(kind)
        key = (value, types, place)
        if key not in self._spellings:
            self._spellings[key] = self._named_so(value, types, place)
        return self._spellings[key]

    def _named_so(self, value: str, types: tuple[str, ...], place: Environment) -> Join:
        wanted = str(without_partition(value))
        exact = [each for kind in types for each in self._by_text.get((kind, wanted), ()) if self._meet(each, place)]
        # No two of a type have one name in one place, so of several the one that the same provider makes is meant.
        nearest = [each for each in exact if self._place(each) == place]
        if len(exact) == 1 or len(nearest) == 1:
            return Join((nearest or exact)[0], literal=value)
        maybe: list[Instance] = list(exact)
        for kind in types if not exact else ():
            for each in (other for other in self._partly.get(kind, ()) if self._meet(other, place)):
                same = [same_value(wanted, without_partition(name)) for name in self._given(each)]
                if any(one is True for one in same):
                    return Join(each, literal=value)
                if any(one is None for one in same):
                    maybe.append(each)
        if not maybe:
            return Join(literal=value)
        why = Unknown(
            "known-after-apply", f"`{value}` may be the name of {', '.join(each.address for each in maybe[:3])}"
        )
        return Join(maybe=tuple(maybe), literal=value, why=why)

    def _meet(self, instance: Instance, place: Environment) -> bool:
        """Whether a name that is said at the place may be of the resource."""
        own = self._place(instance)
        if instance.type.startswith(EVERYWHERE):
            return True
        if own.account is not None and place.account is not None and own.account != place.account:
            return False
        if instance.type.startswith(_OF_ACCOUNTS):
            return True
        return own.region is None or place.region is None or own.region == place.region

    def _given(self, instance: Instance) -> list[object]:
        """Its names besides those that AWS makes up: no text in the plan can be one of these."""
        names = [name for name in self._names(instance).all if name is not None]
        return [name for name in names if not any(isinstance(each, Reference) for each in unknowns(name))]

    def _index(self, kind: str) -> None:
        if kind in self._named:
            return
        self._named.add(kind)
        self._partly[kind] = []
        for each in self._by_type.get(kind, ()):
            names = self._given(each)
            names += [each.after.get(key) for key in ("id", "arn", "name", "bucket", "url", "key_id")]
            for name in {name for name in names if isinstance(name, str) and name}:
                self._by_text.setdefault((kind, str(without_partition(name))), []).append(each)
            if any(first_unknown(name) is not None for name in names):
                self._partly[kind].append(each)


__all__ = ["EVERYWHERE", "Joiner"]
