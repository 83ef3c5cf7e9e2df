"""Commands and processes of `reelstream`, run as a user does."""
