"""A production volume as it came, a folder or a ZIP, opened for reading and never written to."""

from cursitor.plumbing.volumes.opening import FolderVolume, Volume, VolumeUnusable, ZipVolume, facts, open_volume

__all__ = ["FolderVolume", "Volume", "VolumeUnusable", "ZipVolume", "facts", "open_volume"]
