package main

import "context"

func routingRules(_ context.Context, _ *program, _ []string) error { return errUsage }
