import io
import threading

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection, transaction
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from tests.factories import NOW

from cursitor.plumbing.vault import cipher
from cursitor.plumbing.vault import operations as vault
from cursitor.plumbing.vault.models import Blob, DataKey

KEY = bytes(range(32))
SEVERAL_CHUNKS = b"The deliverable carries its own proof. " * 5000


@pytest.fixture(autouse=True)
def vault_of_its_own(settings, tmp_path):
    location = {"location": str(tmp_path / "vault")}
    settings.STORAGES = {**settings.STORAGES, "vault": {**settings.STORAGES["vault"], "OPTIONS": location}}


def put(source, scope="matter:2026-0031"):
    return vault.put(scope=scope, source=source, at=NOW)


def stored(blob):
    return settings.STORAGES["vault"]["OPTIONS"]["location"] + "/" + blob.stored_as


def sealed(text, key=KEY, associated=b"matter"):
    return b"".join(cipher.encrypt(key=key, associated=associated, source=io.BytesIO(text)))


def opened(text, key=KEY, associated=b"matter"):
    return b"".join(cipher.decrypt(key=key, associated=associated, source=io.BytesIO(text)))


class TestCipher:
    @pytest.mark.parametrize("size", [0, 1, cipher.CHUNK - 1, cipher.CHUNK, cipher.CHUNK + 1, 3 * cipher.CHUNK])
    def test_gives_back_what_was_put_in(self, size):
        text = bytes(size)

        assert opened(sealed(text)) == text

    @trials(max_examples=60, deadline=None)
    @given(st.integers(0, 10**9), st.integers(1, 255))
    def test_notices_every_changed_byte(self, position, flip):
        altered = bytearray(sealed(b"x" * 500))
        altered[position % len(altered)] ^= flip

        with pytest.raises(cipher.Damaged):
            opened(bytes(altered))

    def test_notices_chunks_in_another_order_left_out_or_cut_off(self):
        whole = sealed(bytes(range(256)) * 1024)
        head, size = whole[:10], cipher.CHUNK + cipher.TAG
        chunks = [whole[10 + size * n : 10 + size * (n + 1)] for n in range(4)]

        for kept in ([1, 0, 2, 3], [0, 1, 3], [0, 1, 2], [0], []):
            with pytest.raises(cipher.Damaged):
                opened(head + b"".join(chunks[n] for n in kept))

    def test_opens_only_with_its_key_and_its_scope(self):
        text = sealed(b"privileged")

        with pytest.raises(cipher.Damaged):
            opened(text, key=bytes(32))
        with pytest.raises(cipher.Damaged):
            opened(text, associated=b"another matter")

    def test_never_gives_the_same_bytes_twice(self):
        assert sealed(b"privileged") != sealed(b"privileged")


@pytest.mark.django_db
class TestVault:
    def test_stores_the_same_bytes_of_a_scope_once(self):
        first = put(b"memo")

        again = put(io.BytesIO(b"memo"))
        elsewhere = put(b"memo", scope="matter:2026-0044")

        assert again == first
        assert elsewhere != first
        assert Blob.objects.count() == 2

    def test_names_bytes_by_their_digest_and_size(self):
        blob = put(b"abc")

        assert blob.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        assert blob.size == 3

    def test_keeps_no_plain_text_on_disk(self):
        blob = put(SEVERAL_CHUNKS)

        with open(stored(blob), "rb") as file:
            assert b"own proof" not in file.read()
        assert vault.read(blob) == SEVERAL_CHUNKS

    def test_reads_in_pieces_of_bounded_size(self):
        pieces = list(vault.chunks(put(SEVERAL_CHUNKS)))

        assert b"".join(pieces) == SEVERAL_CHUNKS
        assert max(map(len, pieces)) <= cipher.CHUNK

    def test_notices_a_changed_file(self):
        blob = put(b"memo of 4 November")
        with open(stored(blob), "r+b") as file:
            file.seek(20)
            byte = file.read(1)
            file.seek(20)
            file.write(bytes([byte[0] ^ 1]))

        with pytest.raises(cipher.Damaged):
            vault.verify(blob)

    def test_notices_a_file_that_stands_in_for_another_of_its_scope(self):
        blob, other = put(b"memo"), put(b"another memo")
        with open(stored(other), "rb") as file, open(stored(blob), "wb") as replaced:
            replaced.write(file.read())

        with pytest.raises(cipher.Damaged, match="another digest"):
            vault.read(blob)

    def test_notices_a_missing_file(self):
        blob = put(b"memo")
        storages["vault"].delete(blob.stored_as)

        with pytest.raises(cipher.Damaged, match="missing"):
            vault.read(blob)

    def test_gives_nothing_once_the_key_is_shredded(self):
        blob = put(b"memo")
        vault.read(blob)

        vault.shred(scope=blob.scope)

        with pytest.raises(cipher.Damaged, match="destroyed"):
            vault.read(blob)

    def test_does_not_open_under_another_master_key(self, settings):
        blob = put(b"memo")

        settings.CURSITOR_MASTER_KEY = "00" * 32

        with pytest.raises(cipher.Damaged, match="master key"):
            vault.read(blob)


@pytest.mark.django_db(transaction=True)
class TestVaultAcrossTransactions:
    def test_makes_a_new_key_after_the_first_was_rolled_back(self):
        with transaction.atomic():
            put(b"memo")
            transaction.set_rollback(True)

        blob = put(b"memo")

        wrapped = bytes(DataKey.objects.get().wrapped)
        key = cipher.unwrap(master=vault.master_key(), wrapped=wrapped, scope=blob.scope)
        with open(stored(blob), "rb") as file:
            assert opened(file.read(), key=key, associated=blob.scope.encode()) == b"memo"

    def test_keeps_one_blob_and_one_file_when_the_same_bytes_come_in_parallel(self):
        put(b"the first thing of the matter")
        blobs, lock = [], threading.Lock()

        def bring():
            blob = put(b"memo")
            with lock:
                blobs.append(blob)
            connection.close()

        threads = [threading.Thread(target=bring) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({blob.pk for blob in blobs}) == 1
        folder, _, name = blobs[0].stored_as.rpartition("/")
        assert [file for file in storages["vault"].listdir(folder)[1] if file.startswith(name[:12])] == [name]
        assert vault.read(blobs[0]) == b"memo"
