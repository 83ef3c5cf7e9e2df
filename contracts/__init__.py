"""What two or more processes must agree on; imports none of the other packages."""
