package web

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
