"""Tree, frontier and proofs against the vectors of the certificate-transparency reference tree (RFC 6962)."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import merkle

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
# Roots over the first 0..8 leaves, published with the certificate-transparency reference implementation.
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
sizes = st.integers(min_value=1, max_value=40)


def leaves(size):
    return [merkle.leaf_hash(b"entry %d" % number) for number in range(size)]


def recursive_root(hashes):
    """The definition of RFC 9162 section 2.1.1, word for word, as the oracle."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node_hash(recursive_root(hashes[:split]), recursive_root(hashes[split:]))


class TestRoot:
    @pytest.mark.parametrize("size", range(9))
    def test_gives_the_published_root(self, size):
        assert merkle.root(HASHES[:size]).hex() == ROOTS[size]

    @given(sizes)
    @settings(max_examples=30)
    def test_follows_the_recursive_definition(self, size):
        assert merkle.root(leaves(size)) == recursive_root(leaves(size))

    def test_refuses_something_that_is_no_hash(self):
        with pytest.raises(ValueError, match="leaf hash 1 has 3 bytes"):
            merkle.root([HASHES[0], b"abc"])


class TestFrontier:
    @pytest.mark.parametrize("size", range(9))
    def test_reaches_the_published_root_by_appending(self, size):
        frontier = merkle.Frontier()
        for leaf in HASHES[:size]:
            frontier = frontier.append(leaf)

        assert (frontier.size, frontier.root().hex()) == (size, ROOTS[size])

    @given(sizes)
    @settings(max_examples=30)
    def test_survives_being_stored(self, size):
        frontier = merkle.Frontier()
        for leaf in leaves(size):
            frontier = merkle.Frontier.from_json(frontier.to_json()).append(leaf)

        assert frontier.root() == recursive_root(leaves(size))

    def test_leaves_the_old_frontier_as_it_was(self):
        before = merkle.Frontier().append(HASHES[0])

        before.append(HASHES[1])

        assert before.root().hex() == ROOTS[1]

    @pytest.mark.parametrize(
        "stored",
        [
            {"size": 3, "hashes": ["00" * 32]},
            {"size": 1, "hashes": ["00" * 31]},
            {"size": 1, "hashes": ["zz"]},
            {"size": -1, "hashes": []},
            {"size": True, "hashes": ["00" * 32]},
            {"hashes": []},
        ],
    )
    def test_refuses_a_stored_frontier_that_cannot_be(self, stored):
        with pytest.raises(merkle.BadFrontier):
            merkle.Frontier.from_json(stored)


class TestInclusion:
    # (index, size, path) published with the reference implementation.
    @pytest.mark.parametrize(
        ("index", "size", "path"),
        [
            (0, 1, []),
            (
                0,
                8,
                [
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                5,
                8,
                [
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        ],
    )
    def test_gives_the_published_path(self, index, size, path):
        assert [value.hex() for value in merkle.inclusion_proof(HASHES[:size], index)] == path

    @given(sizes, st.data())
    @settings(max_examples=40)
    def test_proves_every_entry_and_no_other_place_or_root(self, size, data):
        index = data.draw(st.integers(0, size - 1))
        hashes = leaves(size)
        proof, root = merkle.inclusion_proof(hashes, index), merkle.root(hashes)

        merkle.verify_inclusion(leaf_hash=hashes[index], index=index, size=size, proof=proof, root=root)

        for other in set(range(size)) - {index}:
            with pytest.raises(merkle.ProofFailed):
                merkle.verify_inclusion(leaf_hash=hashes[index], index=other, size=size, proof=proof, root=root)

    @given(st.integers(2, 40), st.data())
    @settings(max_examples=40)
    def test_fails_when_one_bit_of_the_proof_changes(self, size, data):
        index = data.draw(st.integers(0, size - 1))
        hashes = leaves(size)
        proof = list(merkle.inclusion_proof(hashes, index))
        place = data.draw(st.integers(0, len(proof) - 1))
        bit = data.draw(st.integers(0, 255))
        proof[place] = (int.from_bytes(proof[place]) ^ 1 << bit).to_bytes(32)

        with pytest.raises(merkle.ProofFailed):
            merkle.verify_inclusion(
                leaf_hash=hashes[index], index=index, size=size, proof=proof, root=merkle.root(hashes)
            )

    def test_fails_when_the_proof_is_cut_or_padded(self):
        proof = merkle.inclusion_proof(HASHES, 3)
        stated = {"leaf_hash": HASHES[3], "index": 3, "size": 8, "root": merkle.root(HASHES)}

        with pytest.raises(merkle.ProofFailed, match="too short"):
            merkle.verify_inclusion(proof=proof[:-1], **stated)
        with pytest.raises(merkle.ProofFailed, match="too long"):
            merkle.verify_inclusion(proof=(*proof, HASHES[0]), **stated)

    @pytest.mark.parametrize("index", [-1, 8])
    def test_refuses_an_entry_that_does_not_exist(self, index):
        with pytest.raises(IndexError, match="there is no entry"):
            merkle.inclusion_proof(HASHES, index)


class TestConsistency:
    @pytest.mark.parametrize(
        ("earlier", "size", "path"),
        [
            (1, 1, []),
            (
                1,
                8,
                [
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                6,
                8,
                [
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                2,
                5,
                [
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ],
    )
    def test_gives_the_published_path(self, earlier, size, path):
        assert [value.hex() for value in merkle.consistency_proof(HASHES[:size], earlier)] == path

    @given(sizes, st.data())
    @settings(max_examples=60)
    def test_proves_every_prefix_and_no_rewritten_one(self, size, data):
        earlier = data.draw(st.integers(1, size))
        changed = data.draw(st.integers(0, earlier - 1))
        hashes = leaves(size)
        rewritten = [*hashes]
        rewritten[changed] = merkle.leaf_hash(b"rewritten")
        proof = merkle.consistency_proof(hashes, earlier)
        stated = {"earlier_size": earlier, "size": size, "proof": proof}

        merkle.verify_consistency(earlier_root=merkle.root(hashes[:earlier]), root=merkle.root(hashes), **stated)

        with pytest.raises(merkle.ProofFailed):
            merkle.verify_consistency(earlier_root=merkle.root(rewritten[:earlier]), root=merkle.root(hashes), **stated)
        with pytest.raises(merkle.ProofFailed):
            merkle.verify_consistency(earlier_root=merkle.root(hashes[:earlier]), root=merkle.root(rewritten), **stated)

    def test_follows_the_empty_log_without_a_proof(self):
        merkle.verify_consistency(
            earlier_size=0, earlier_root=merkle.EMPTY_ROOT, size=8, root=merkle.root(HASHES), proof=()
        )

        with pytest.raises(merkle.ProofFailed, match="empty log"):
            merkle.verify_consistency(
                earlier_size=0, earlier_root=HASHES[0], size=8, root=merkle.root(HASHES), proof=()
            )

    def test_refuses_a_log_that_shrank(self):
        with pytest.raises(merkle.ProofFailed, match="cannot follow"):
            merkle.verify_consistency(
                earlier_size=8,
                earlier_root=merkle.root(HASHES),
                size=7,
                root=merkle.root(HASHES[:7]),
                proof=(),
            )
        with pytest.raises(ValueError, match="never had 9"):
            merkle.consistency_proof(HASHES, 9)
