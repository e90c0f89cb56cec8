"""The program is killed at chosen and at random points, and started again: nothing lost, doubled, or sent twice."""
