"""Plans against MIL-STD-105E and numbers recomputed from first principles; draws against their promises."""

import collections
import decimal
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cursitor.engines import sampling
from cursitor.engines.sampling import plans, tables

LOTS = {"H": 500, "J": 1200, "K": 3200, "L": 10_000, "M": 35_000, "N": 150_000}
COLUMNS = (0.25, 0.65, 1.0, 1.5, 2.5)
NORMAL_TABLE = {
    "H": ["50/0", "80/1", "50/1", "50/2", "50/3"],
    "J": ["50/0", "80/1", "80/2", "80/3", "80/5"],
    "K": ["200/1", "125/2", "125/3", "125/5", "125/7"],
    "L": ["200/1", "200/3", "200/5", "200/7", "200/10"],
    "M": ["315/2", "315/5", "315/7", "315/10", "315/14"],
    "N": ["500/3", "500/7", "500/10", "500/14", "500/21"],
}
# Columns 0.65 to 15 of tables II-A and II-B as a US government office reprinted them (rejection numbers;
# v and ^ are arrows), letters A to N.
REPRINTED_AQLS = ("0.65", "1.0", "1.5", "2.5", "4.0", "6.5", "10", "15")
REPRINTED_NORMAL = """
A . . . . v 1 v v
B . . . v 1 ^ v 2
C . . v 1 ^ v 2 3
D . v 1 ^ v 2 3 4
E v 1 ^ v 2 3 4 6
F 1 ^ v 2 3 4 6 8
G ^ v 2 3 4 6 8 11
H v 2 3 4 6 8 11 15
J 2 3 4 6 8 11 15 22
K 3 4 6 8 11 15 22 ^
L 4 6 8 11 15 22 ^ .
M 6 8 11 15 22 ^ . .
N 8 11 15 22 ^ . . .
"""
REPRINTED_TIGHTENED = """
G 1 . v 2 3 4 6 9
H . v 2 3 4 6 9 13
J v 2 3 4 6 9 13 19
K 2 3 4 6 9 13 19 ^
L 3 4 6 9 13 19 ^ .
"""


def printed_cells(text):
    for row in text.split("\n"):
        letter, *cells = row.split() or [""]
        for aql, cell in zip(REPRINTED_AQLS, cells, strict=False):
            yield letter, aql, cell


class TestNormalSingle:
    @pytest.mark.parametrize("letter", NORMAL_TABLE)
    def test_gives_the_published_plans(self, letter):
        found = [plans.normal_single(lot_size=LOTS[letter], aql=aql) for aql in COLUMNS]

        assert [f"{plan.n}/{plan.accept}" for plan in found] == NORMAL_TABLE[letter]

    @pytest.mark.parametrize(
        ("lot_size", "aql", "expected"),
        [
            *((500, 0.25, 0.882), (500, 1.0, 0.911), (1200, 1.0, 0.953), (3200, 0.25, 0.910)),
            *((3200, 0.65, 0.951), (3200, 1.0, 0.963), (3200, 1.5, 0.988), (10_000, 0.65, 0.958)),
            *((10_000, 1.0, 0.984), (10_000, 1.5, 0.989), (35_000, 0.25, 0.955), (35_000, 0.65, 0.982)),
            *((150_000, 0.25, 0.962), (150_000, 1.0, 0.987)),
        ],
    )
    def test_accepts_good_lots_as_often_as_published(self, lot_size, aql, expected):
        plan = plans.normal_single(lot_size=lot_size, aql=aql)

        assert plans.probability_of_acceptance(plan, aql / 100) == pytest.approx(expected, abs=0.0006)

    @pytest.mark.parametrize(
        ("text", "table"), [(REPRINTED_NORMAL, tables.NORMAL), (REPRINTED_TIGHTENED, tables.TIGHTENED)]
    )
    def test_agrees_with_every_number_of_a_government_reprint(self, text, table):
        find = plans.normal_single if table == tables.NORMAL else plans.tightened_single
        lot_of = dict(zip("ABCDEFGHJKLMN", tables.LOT_SIZE_LIMITS, strict=False))
        n_checked = 0
        for letter, aql, cell in printed_cells(text):
            plan = find(lot_size=lot_of[letter], aql=aql)
            if cell.isdigit():
                assert (plan.letter, plan.reject) == (letter, int(cell)), (letter, aql)
                n_checked += 1
            else:
                assert plan.letter != letter, (letter, aql)
        assert n_checked > 20

    @pytest.mark.parametrize(
        ("lot_size", "aql", "letter", "n", "accept"),
        [
            (300, 0.65, "J", 80, 1),  # arrow down: the next plan with its own, larger sample
            (1000, 0.25, "H", 50, 0),  # arrow up: the plan before with its own, smaller sample
            (1_000_000, "0.010", "Q", 1250, 0),
            (100, 100, "E", 13, 21),  # beyond the band of letter F
        ],
    )
    def test_follows_arrows_to_a_plan_with_its_own_size(self, lot_size, aql, letter, n, accept):
        plan = plans.normal_single(lot_size=lot_size, aql=aql)

        assert (plan.letter, plan.n, plan.accept, plan.reject) == (letter, n, accept, accept + 1)

    @given(
        st.integers(1, 2_000_000),
        st.sampled_from(tables.AQLS),
        st.sampled_from(sorted(tables.CODE_LETTERS)),
        st.sampled_from([plans.normal_single, plans.tightened_single]),
    )
    @settings(max_examples=150)
    def test_always_leads_to_a_plan(self, lot_size, aql, level, find):
        plan = find(lot_size=lot_size, aql=aql, level=level)

        assert 1 <= plan.n <= lot_size
        assert plan.is_full == (plan.n == lot_size)
        assert plan.reject == plan.accept + 1
        assert plan.is_full or plan.n == tables.SAMPLE_SIZES[plan.letter]

    def test_inspects_everything_when_the_sample_would_be_the_lot(self):
        plan = plans.normal_single(lot_size=40, aql=0.25)

        assert (plan.letter, plan.n, plan.is_full, plan.accept) == ("H", 40, True, 0)

    def test_takes_the_aql_as_number_text_or_decimal(self):
        found = {plans.normal_single(lot_size=500, aql=aql) for aql in (1, 1.0, "1.0", decimal.Decimal("1.000"))}

        assert len(found) == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"lot_size": 0, "aql": 1.0}, "lot of 0"),
            ({"lot_size": 500, "aql": 1.2}, "preferred values"),
            ({"lot_size": 500, "aql": "one"}, "not a number"),
            ({"lot_size": 500, "aql": 1.0, "level": "IV"}, "inspection level 'IV'"),
        ],
    )
    def test_refuses_what_is_not_in_the_tables(self, arguments, message):
        with pytest.raises(plans.NoSuchPlan, match=message):
            plans.normal_single(**arguments)

    @pytest.mark.parametrize(
        ("lot_size", "letters"),
        [(8, "AAAAAAB"), (9, "AAAAABC"), (150, "BBCDDFG"), (1200, "CCEFGJK"), (1201, "CDEGHKL"), (500_001, "DEHKNQR")],
    )
    def test_takes_code_letters_from_table_one(self, lot_size, letters):
        levels = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")

        assert "".join(plans.code_letter(lot_size=lot_size, level=level) for level in levels) == letters


class TestTightenedSingle:
    def test_is_never_milder_than_normal(self):
        for lot_size in LOTS.values():
            for aql in COLUMNS:
                normal = plans.normal_single(lot_size=lot_size, aql=aql)
                tightened = plans.tightened_single(lot_size=lot_size, aql=aql)
                share = aql * 2 / 100

                assert plans.probability_of_acceptance(tightened, share) < plans.probability_of_acceptance(
                    normal, share
                )


class TestOperatingCharacteristic:
    def test_agrees_with_the_code_of_federal_regulations(self):
        # 7 CFR 42.140, 500 containers at AQL 0.25: 26 per cent accepted at 1.0 per cent, 99 at 0.10.
        plan = plans.normal_single(lot_size=150_000, aql=0.25)

        assert (plan.n, plan.accept) == (500, 3)
        assert plans.probability_of_acceptance(plan, 0.01) == pytest.approx(0.264, abs=0.0005)
        assert plans.probability_of_acceptance(plan, 0.001) == pytest.approx(0.998, abs=0.0005)

    @pytest.mark.parametrize(
        ("lot_size", "aql", "share"),
        [(3200, 1.0, 0.0527), (10_000, 1.0, 0.0459), (150_000, 0.25, 0.0133), (35_000, 0.25, 0.0168)],
    )
    def test_finds_the_quality_that_still_passes_one_time_in_ten(self, lot_size, aql, share):
        plan = plans.normal_single(lot_size=lot_size, aql=aql)

        found = plans.share_accepted_with(plan, 0.10)

        assert found == pytest.approx(share, abs=0.00006)
        assert plans.probability_of_acceptance(plan, found) == pytest.approx(0.10)

    def test_of_a_lot_counts_without_replacement(self):
        plan = plans.zero_acceptance(lot_size=100, limiting_quality=0.05)

        assert plans.probability_of_acceptance_of_lot(plan, 0) == 1.0
        assert plans.probability_of_acceptance_of_lot(plan, 5) == pytest.approx(
            float(stats.hypergeom.pmf(0, 100, 5, plan.n))
        )
        with pytest.raises(ValueError, match="cannot hold 101"):
            plans.probability_of_acceptance_of_lot(plan, 101)

    def test_decides_at_the_acceptance_number(self):
        plan = plans.normal_single(lot_size=1200, aql=1.0)

        assert plans.is_accepted(plan, defective=2)
        assert not plans.is_accepted(plan, defective=3)
        with pytest.raises(ValueError, match="80 inspected units"):
            plans.is_accepted(plan, defective=81)


class TestZeroAcceptance:
    @pytest.mark.parametrize(("share", "n"), [(0.05, 59), (0.02, 149), (0.01, 299), (0.005, 598), (0.001, 2995)])
    def test_reaches_the_known_sizes_in_an_endless_lot(self, share, n):
        assert plans.zero_acceptance(lot_size=500_000_000, limiting_quality=share).n == n

    @given(st.integers(1, 3000), st.sampled_from([0.005, 0.01, 0.02, 0.05, 0.07, 0.1]), st.sampled_from([0.9, 0.95]))
    @settings(max_examples=80)
    def test_is_the_smallest_sample_that_keeps_the_promise(self, lot_size, share, confidence):
        plan = plans.zero_acceptance(lot_size=lot_size, limiting_quality=share, confidence=confidence)
        defective = -(-lot_size * round(share * 1000) // 1000)

        def risk(n):
            return stats.hypergeom.pmf(0, lot_size, defective, n)

        assert risk(plan.n) <= 1 - confidence + 1e-12
        assert plan.n == 1 or risk(plan.n - 1) > 1 - confidence
        assert (plan.accept, plan.reject, plan.scheme, plan.letter) == (0, 1, "ZERO_ACCEPTANCE", "")

    def test_inspects_a_small_lot_in_full(self):
        plan = plans.zero_acceptance(lot_size=12, limiting_quality=0.01)

        assert (plan.n, plan.is_full) == (12, True)

    def test_counts_seven_in_a_hundred_as_seven(self):
        # In floating point 0.07 x 100 is a little more than 7.
        plan = plans.zero_acceptance(lot_size=100, limiting_quality=0.07)

        assert plans.probability_of_acceptance_of_lot(plan, 7) <= 0.05
        assert plan == plans.zero_acceptance(lot_size=100, limiting_quality=decimal.Decimal("0.07"))

    def test_counts_a_share_computed_from_per_cent_as_meant(self):
        # 0.07 / 100 is 0.0007000000000000001.
        meant = plans.zero_acceptance(lot_size=10_000, limiting_quality=decimal.Decimal("0.0007"))

        assert plans.zero_acceptance(lot_size=10_000, limiting_quality=0.07 / 100).n == meant.n

    @pytest.mark.parametrize(("lot_size", "share"), [(0, 0.05), (10, 0.0), (10, 1.0), (10, 5)])
    def test_refuses_what_cannot_be(self, lot_size, share):
        with pytest.raises(plans.NoSuchPlan):
            plans.zero_acceptance(lot_size=lot_size, limiting_quality=share)


class TestSwitching:
    @pytest.mark.parametrize(
        ("results", "severity"),
        [
            ("", "NORMAL"),
            ("ARAAAAR", "NORMAL"),  # the two lie six lots apart
            ("ARAAAR", "TIGHTENED"),
            ("ARAAR", "TIGHTENED"),
            ("RR", "TIGHTENED"),
            ("RRAAAA", "TIGHTENED"),
            ("RRAAAAA", "NORMAL"),
            ("RRAAAAAR", "NORMAL"),  # a new start after the return to normal
            ("RRRRRRR", "DISCONTINUED"),
            ("RRRARARARARAAAAA", "DISCONTINUED"),
        ],
    )
    def test_follows_the_standard(self, results, severity):
        assert plans.next_severity([letter == "A" for letter in results]) == severity


class TestDraw:
    seed = bytes(range(32))
    keys = [f"DOC-{number:04d}" for number in range(500)]

    @given(st.randoms(use_true_random=False), st.integers(0, 500))
    @settings(max_examples=30)
    def test_depends_on_the_set_of_keys_only(self, random, n):
        shuffled = [*self.keys]
        random.shuffle(shuffled)

        assert sampling.draw(seed=self.seed, keys=shuffled, n=n) == sampling.draw(seed=self.seed, keys=self.keys, n=n)

    def test_extends_a_smaller_sample(self):
        small = sampling.draw(seed=self.seed, keys=self.keys, n=20)

        assert sampling.draw(seed=self.seed, keys=self.keys, n=50)[:20] == small
        assert len(set(small)) == 20

    def test_is_the_ranking_that_the_documentation_states(self):
        ranked = sorted(self.keys, key=lambda key: _hmac_sha256(self.seed, key.encode()))

        assert sampling.draw(seed=self.seed, keys=self.keys, n=500) == tuple(ranked)

    def test_takes_every_key_and_every_pair_equally_often(self):
        keys = ["a", "b", "c", "d", "e"]
        drawn = collections.Counter(
            frozenset(sampling.draw(seed=hashlib.sha256(b"%d" % number).digest(), keys=keys, n=2))
            for number in range(4000)
        )

        # Ten pairs, 400 each expected; chi square with 9 degrees of freedom exceeds 27.9 once in a thousand.
        assert len(drawn) == 10
        assert sum((count - 400) ** 2 / 400 for count in drawn.values()) < 27.9

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"seed": b"short", "keys": ["a"], "n": 1}, "at least 16"),
            ({"seed": bytes(16), "keys": ["a", "a"], "n": 1}, "occurs twice"),
            ({"seed": bytes(16), "keys": ["a"], "n": 2}, "lot of 1"),
            ({"seed": bytes(16), "keys": ["a"], "n": -1}, "lot of 1"),
        ],
    )
    def test_refuses_a_draw_that_is_not_fair(self, arguments, message):
        with pytest.raises(sampling.DrawRefused, match=message):
            sampling.draw(**arguments)

    def test_can_be_promised_and_checked(self):
        promised = sampling.commitment(self.seed)

        sampling.verify_commitment(seed=self.seed, committed=promised)

        assert promised == hashlib.sha256(self.seed).hexdigest()
        with pytest.raises(sampling.DrawRefused, match="committed before"):
            sampling.verify_commitment(seed=bytes(32), committed=promised)


def _hmac_sha256(key, message):
    """RFC 2104 written out."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in padded) + inner).digest()
