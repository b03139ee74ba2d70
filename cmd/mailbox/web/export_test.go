package web

import (
	"time"

	"mailbox/cases/people"
)

// Table gives tests the routes and who may take them.
func (s *Server) Table() []Route { return s.table }

// FillDoor takes all places of those who are served at once; open gives them back.
func FillDoor(s *Server) (open func()) {
	for range cap(s.door) {
		s.door <- struct{}{}
	}
	return func() {
		for range cap(s.door) {
			<-s.door
		}
	}
}

// Primed tells whether the hub knows how things stand, so that a change is news to it.
func Primed(s *Server) bool { return s.live.primed.Load() }

// ProveOften has the hub look every moment whether those who listen still may.
func ProveOften(s *Server) { s.live.proveEvery = 10 * time.Millisecond }

// OfWriter tells whether a route is for whoever has shown the secret of a letter.
func (a Access) OfWriter() bool { return a.ofWriter() }

// Everybody tells whether a route is for everybody.
func (a Access) Everybody() bool { return a.open }

// FieldName is what a deed's field is called in its form.
func FieldName(verb people.Verb, name string) string { return fieldName(verb, name) }

// OfPrograms tells whether a route is for programs with a token, and for nobody else.
func (a Access) OfPrograms() bool { return a.bearer }

// Scope is what the token must be made for; "": nothing more.
func (a Access) Scope() people.Scope { return a.scope }

// APIDocument is the description of what programs may ask.
func APIDocument() []byte { return apiDocument }
