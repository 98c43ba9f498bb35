console.log('The outage drill is not written yet.');
