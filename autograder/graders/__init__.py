"""Hidden tests, one module per exercise; never released."""
