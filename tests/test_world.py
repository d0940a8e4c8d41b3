def test_the_world_of_the_tests_stands(world):
    assert world.order.ref == "WO-1001"
