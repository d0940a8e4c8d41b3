"""What each role's home page shows. Reads only; one module per page."""
