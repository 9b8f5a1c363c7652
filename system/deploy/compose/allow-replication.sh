#!/bin/sh
# Run by the image of PostgreSQL when it makes a new database: lets the replica of compose stream.
set -e
echo "host replication all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
