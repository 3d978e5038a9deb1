"""Claims by subject, each with the sentences that a student reads."""
