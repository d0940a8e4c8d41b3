import threading

import pytest
from django.db import connection, transaction

from cursitor.plumbing.series import operations as series


@pytest.mark.django_db
class TestTake:
    def test_counts_from_one_in_each_series(self):
        assert [series.take(name="invoice"), series.take(name="invoice"), series.take(name="order")] == [1, 2, 1]

    def test_gives_a_run_of_numbers_and_returns_its_first(self):
        assert series.take(name="begin", count=10) == 1
        assert series.take(name="begin") == 11

    @pytest.mark.django_db(transaction=True)
    def test_gives_a_number_back_when_its_transaction_rolls_back(self):
        with transaction.atomic():
            series.take(name="invoice")
            transaction.set_rollback(True)

        with transaction.atomic():
            assert series.take(name="invoice") == 1

    @pytest.mark.django_db(transaction=True)
    def test_refuses_outside_the_transaction_that_uses_the_number(self):
        with pytest.raises(RuntimeError, match="transaction"):
            series.take(name="invoice")

    @pytest.mark.django_db(transaction=True)
    def test_has_no_gap_and_no_double_under_parallel_takers_of_which_some_roll_back(self):
        taken, lock = [], threading.Lock()

        def take(number):
            try:
                with transaction.atomic():
                    mine = series.take(name="invoice")
                    if number % 5 == 0:
                        raise ZeroDivisionError
                with lock:
                    taken.append(mine)
            except ZeroDivisionError:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=take, args=[number]) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(taken) == list(range(1, 41))
