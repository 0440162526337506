#!/bin/sh
# Stands for an application that reads its credentials from the environment once, when it starts.
echo "app: serving as $APP_USER with a password of ${#APP_PASSWORD} characters"
trap 'echo "app: finishing requests of $APP_USER"; exit 0' TERM
while :; do
    sleep 1 &
    wait $!
done
