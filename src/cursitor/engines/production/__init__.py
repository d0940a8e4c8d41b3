"""Control numbers, load files, privilege logs, release gates and manifests: what leaves, and what may not leave."""
