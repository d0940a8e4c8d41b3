import pytest

from cursitor.plumbing import folders


@pytest.fixture
def root(settings, tmp_path):
    settings.CURSITOR_COLLECT_ROOTS = [tmp_path / "in"]
    (tmp_path / "in" / "box").mkdir(parents=True)
    return tmp_path / "in"


class TestOffered:
    def test_takes_a_folder_at_or_below_a_root(self, root):
        assert folders.offered(str(root)) == root
        assert folders.offered(f"{root}/box/../box/") == root / "box"

    def test_refuses_what_lies_outside_or_is_no_folder(self, root):
        (root / "file").write_bytes(b"x")
        (root / "way out").symlink_to(root.parent)
        beside = root.parent / "inside"
        beside.mkdir()

        for folder in ("", "/", str(beside), f"{root}/..", f"{root}/way out", f"{root}/file", f"{root}/none", "\x00"):
            with pytest.raises(folders.FolderNotOffered, match="lie below"):
                folders.offered(folder)

    def test_refuses_everything_where_nothing_is_offered(self, settings, tmp_path):
        settings.CURSITOR_COLLECT_ROOTS = []

        with pytest.raises(folders.FolderNotOffered, match="none on this installation"):
            folders.offered(str(tmp_path))


class TestFilesBelow:
    def test_come_in_the_order_of_names_without_unfinished_mail(self, root):
        for path in ("b.pdf", "a/2.pdf", "a/1.pdf", "mail/cur/x", "mail/new/y", "mail/tmp/z", "box/tmp/kept.pdf"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(b"x")

        names = [name for _, name in folders.files_below(root)]

        assert names == ["b.pdf", "a/1.pdf", "a/2.pdf", "box/tmp/kept.pdf", "mail/cur/x", "mail/new/y"]
