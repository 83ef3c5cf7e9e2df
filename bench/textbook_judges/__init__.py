"""What Reelstream and the textbook are judged by, each in turn: see `bench.textbook`."""
