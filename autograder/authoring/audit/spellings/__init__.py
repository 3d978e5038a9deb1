"""Other spellings of the same answer, by what they are about."""
