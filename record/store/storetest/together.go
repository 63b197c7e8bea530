package storetest

import "sync"

// Together runs do n times at once, all let go at the same moment, and returns what each answered.
func Together(n int, do func(i int) error) []error {
	answers := make([]error, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			answers[i] = do(i)
		})
	}
	close(begin)
	all.Wait()
	return answers
}
