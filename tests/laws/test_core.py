"""The laws of the core's values."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.core import canonical
from kernel.core.delta import Added, Changed, Removed, Renamed, delta_from_json, delta_to_json, diff, patch, rename, reverse
from kernel.core.node import Catalog, Node, NodeId
from tests.laws.catalogs import catalogs, names, texts, values

jsons: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2**53 + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12)


@given(catalogs(), catalogs())
def test_patching_with_the_difference_gives_the_other(a: Catalog, b: Catalog) -> None:
    assert patch(a, diff(a, b)) == b
    assert patch(a, diff(a, b)).digest == b.digest


@given(catalogs(), catalogs())
def test_the_reverse_leads_back(a: Catalog, b: Catalog) -> None:
    deltas = diff(a, b)
    assert patch(patch(a, deltas), reverse(deltas)) == a


@given(catalogs())
def test_nothing_differs_from_itself(a: Catalog) -> None:
    assert diff(a, a) == ()
    assert diff(Catalog(reversed(list(a.nodes))), a) == ()


@given(catalogs(), catalogs())
def test_every_delta_is_of_one_sort(a: Catalog, b: Catalog) -> None:
    for delta in diff(a, b):
        match delta:
            case Added():
                assert delta.id not in a
            case Removed():
                assert delta.id not in b
            case Changed():
                assert delta.attributes
            case Renamed():
                pytest.fail("a rename was guessed")


@given(catalogs(), catalogs())
def test_deltas_survive_json(a: Catalog, b: Catalog) -> None:
    for delta in diff(a, b):
        assert delta_from_json(canonical.decode(canonical.encode(delta_to_json(delta)))) == delta


@given(catalogs(), names)
def test_a_rename_and_its_reverse_leave_every_object_in_place(a: Catalog, name: str) -> None:
    for table in a.of("table"):
        new = table.id.renamed(f"{name}, renamed")
        moved = rename(a, table.id, new)
        assert new in moved
        assert table.id not in moved
        assert len(moved) == len(a)
        assert set(rename(moved, new, table.id)) == set(a)
        assert {node.id.path[:2] for node in moved.subtree(new)} == {new.path}


@given(catalogs(), st.randoms(use_true_random=False))
def test_a_digest_does_not_depend_on_the_order(a: Catalog, chance: random.Random) -> None:
    nodes = list(a.nodes)
    chance.shuffle(nodes)
    assert Catalog(nodes).digest == a.digest


@given(catalogs(), catalogs())
def test_digests_are_equal_if_and_only_if_catalogs_are(a: Catalog, b: Catalog) -> None:
    assert (a.digest == b.digest) == (a == b)


@given(catalogs(), values)
def test_no_attribute_escapes_the_digest(a: Catalog, value: Any) -> None:
    for node in a.nodes:
        if "extra" not in node.attributes:
            other = a.plus(node.with_(extra=value))
            assert other.digest != a.digest
            assert other.digest_of(node.id) != a.digest_of(node.id)


@given(catalogs())
def test_a_catalog_survives_json(a: Catalog) -> None:
    again = Catalog.from_json(canonical.decode(canonical.encode(a.as_json())))
    assert again == a
    assert again.digest == a.digest
    assert {id: node.depends_on for id, node in again.items()} == {id: node.depends_on for id, node in a.items()}


@given(catalogs())
def test_a_packed_catalog_is_the_same_to_the_last_hint(a: Catalog) -> None:
    apart = Catalog(node for node in a.nodes if node.id.kind != "table")
    for one in (a, apart):
        head, rows = json.loads(json.dumps([part if isinstance(part, dict) else list(part) for part in one.packed()], default=dict))
        again = Catalog.unpacked(head, rows)
        assert [(node, node.parent, node.depends_on, node.hints) for node in again.nodes] == [
            (node, node.parent, node.depends_on, node.hints) for node in one.nodes]
        assert again.digests == one.digests == Catalog(again.nodes).digests


@given(jsons)
def test_canonical_json_is_json_and_survives(value: Any) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert json.loads(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@given(st.dictionaries(texts, jsons, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(value: dict[str, Any], chance: random.Random) -> None:
    members = list(value.items())
    chance.shuffle(members)
    assert canonical.encode(dict(members)) == canonical.encode(value)


@given(jsons, jsons, texts, texts)
def test_digests_are_apart_by_value_and_by_purpose(a: Any, b: Any, one: str, other: str) -> None:
    assert (canonical.digest(one, a) == canonical.digest(other, b)) == (one == other and canonical.encode(a) == canonical.encode(b))


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, -2**53, {"a": 1.0}, b"bytes", {1: 2}, object()])
def test_what_other_readers_would_change_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        canonical.encode(value)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "1.5", "NaN", "Infinity", '{"a":'])
def test_ambiguous_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (json's own errors are of many words)
        canonical.decode(text)


@given(st.sampled_from(["table", "column", "index"]), st.lists(texts.filter(bool), min_size=1, max_size=4))
def test_an_id_can_be_read_again(kind: str, path: list[str]) -> None:
    id = NodeId(kind, tuple(path))
    assert NodeId.parse(str(id)) == id
    assert NodeId.from_json(json.loads(json.dumps(id.as_json()))) == id


@given(catalogs())
def test_a_node_survives_json_with_its_hints(a: Catalog) -> None:
    for node in a.nodes:
        with_hint = Node(node.id, node.attributes, node.parent, node.depends_on, {"mentions": "words"})
        again = Node.from_json(canonical.decode(canonical.encode(with_hint.as_json())))
        assert (again, again.parent, again.depends_on, again.hint("mentions")) == (node, node.parent, node.depends_on, "words")
