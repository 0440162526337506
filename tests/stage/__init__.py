"""The surroundings of an example: a dev server, a cluster's signed identities, and the injector's offline door."""
