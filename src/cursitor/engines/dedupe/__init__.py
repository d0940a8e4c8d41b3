"""What counts as the same document: hashes with their reasons, and suppression of whole families."""
