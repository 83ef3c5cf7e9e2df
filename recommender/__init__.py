"""The mathematics: arrays in, arrays out. No client, no file, no clock."""
