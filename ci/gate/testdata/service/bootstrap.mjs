// This service needs no packages.
